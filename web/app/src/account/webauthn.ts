/**
 * Passkeys through the browser: the JSON of the server to what the browser wants and back, and the PRF
 * extension, whose result is a secret of this device for the vault. That result is never part of what is sent.
 */
import type { Ceremony } from '@/api/account';
import { fromBase64Url, toBase64Url } from '@/licence/base64url';
import type { PrfSecret } from '@/storage/ways';

/** What the secret is for; with the site it is all that distinguishes it, so it stays for ever. */
const PRF_INPUT = new TextEncoder().encode('luzheng/vault/1');

/** What a passkey answered: for the server, and its secret for the vault when it has one. */
export interface PasskeyAnswer {
  credential: Record<string, unknown>;
  prf: PrfSecret | null;
}

/** Why there is no answer: the person said no or waited too long; or the browser cannot. */
export class NoPasskey extends Error {
  constructor(
    readonly why: 'cancelled' | 'known' | 'impossible',
    cause?: unknown,
  ) {
    super(`no passkey: ${why}`, { cause });
    this.name = 'NoPasskey';
  }
}

/** This browser can make and use passkeys here. */
export const passkeysPossible = (): boolean =>
  typeof PublicKeyCredential !== 'undefined' && typeof navigator.credentials?.get === 'function';

/** Passkeys can be offered in the field where the phone number is typed. */
export async function autofillPossible(): Promise<boolean> {
  return passkeysPossible() && (await PublicKeyCredential.isConditionalMediationAvailable?.()) === true;
}

/** Makes a passkey for a registration that the server began. */
export async function makePasskey(ceremony: Ceremony): Promise<PasskeyAnswer> {
  const given = ceremony.options.publicKey as unknown as CreationJson;
  const made = await asked(() =>
    navigator.credentials.create({
      publicKey: {
        ...given,
        challenge: bytes(given.challenge),
        user: { ...given.user, id: bytes(given.user.id) },
        excludeCredentials: (given.excludeCredentials ?? []).map(descriptor),
        extensions: prf(),
      } as unknown as PublicKeyCredentialCreationOptions,
    }),
  );
  const answer = made.response as AuthenticatorAttestationResponse;
  const credential = {
    ...common(made),
    response: {
      clientDataJSON: text(answer.clientDataJSON),
      attestationObject: text(answer.attestationObject),
      transports: answer.getTransports?.() ?? [],
    },
  };
  return { credential, prf: prfOf(made) };
}

/** Asks for a passkey for a sign-in that the server began; `quiet` offers it in the field instead of asking. */
export async function usePasskey(ceremony: Ceremony, quiet?: AbortSignal): Promise<PasskeyAnswer> {
  const given = ceremony.options.publicKey as unknown as RequestJson;
  const used = await asked(() =>
    navigator.credentials.get({
      publicKey: {
        ...given,
        challenge: bytes(given.challenge),
        allowCredentials: (given.allowCredentials ?? []).map(descriptor),
      } as unknown as PublicKeyCredentialRequestOptions,
      ...(quiet ? { mediation: 'conditional' as const, signal: quiet } : {}),
    }),
  );
  const answer = used.response as AuthenticatorAssertionResponse;
  const credential = {
    ...common(used),
    response: {
      clientDataJSON: text(answer.clientDataJSON),
      authenticatorData: text(answer.authenticatorData),
      signature: text(answer.signature),
      userHandle: answer.userHandle ? text(answer.userHandle) : null,
    },
  };
  return { credential, prf: prfOf(used) };
}

/**
 * A passkey's secret for the vault. Nobody checks the signature: the secret itself is the proof, so this works
 * without a network. Null when the passkey has no such secret.
 */
export async function secretOfPasskey(credentials: readonly Uint8Array[]): Promise<PrfSecret | null> {
  const used = await asked(() =>
    navigator.credentials.get({
      publicKey: {
        challenge: crypto.getRandomValues(new Uint8Array(32)),
        allowCredentials: credentials.map((id) => ({ type: 'public-key', id: Uint8Array.from(id) })),
        userVerification: 'required',
        extensions: prf(),
      } as unknown as PublicKeyCredentialRequestOptions,
    }),
  );
  return prfOf(used);
}

/** The same for a passkey just made: many give their secret only when they are used. */
export async function secretOfNew(answer: PasskeyAnswer): Promise<PrfSecret | null> {
  if (answer.prf) return answer.prf;
  return secretOfPasskey([bytes(String(answer.credential['id']))]);
}

interface CreationJson {
  challenge: string;
  user: { id: string };
  excludeCredentials?: DescriptorJson[];
}
interface RequestJson {
  challenge: string;
  allowCredentials?: DescriptorJson[];
}
interface DescriptorJson {
  type: 'public-key';
  id: string;
  transports?: AuthenticatorTransport[];
}

// TypeScript's own types of the extension differ between versions of the DOM library
const prf = (): AuthenticationExtensionsClientInputs =>
  ({ prf: { eval: { first: PRF_INPUT } } }) as AuthenticationExtensionsClientInputs;

function prfOf(credential: PublicKeyCredential): PrfSecret | null {
  const { prf: said } = credential.getClientExtensionResults() as {
    prf?: { results?: { first?: ArrayBuffer | Uint8Array<ArrayBuffer> } };
  };
  const first = said?.results?.first;
  if (!first || first.byteLength !== 32) return null;
  return {
    credential: new Uint8Array(credential.rawId),
    secret: Uint8Array.from(new Uint8Array(first as ArrayBuffer)),
  };
}

function common(credential: PublicKeyCredential) {
  return {
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment ?? null,
    // empty on purpose: the results hold the vault's secret
    clientExtensionResults: {},
  };
}

async function asked(ask: () => Promise<Credential | null>): Promise<PublicKeyCredential> {
  if (!passkeysPossible()) throw new NoPasskey('impossible');
  try {
    const given = await ask();
    if (given === null) throw new NoPasskey('cancelled');
    return given as PublicKeyCredential;
  } catch (failure) {
    if (failure instanceof NoPasskey) throw failure;
    const name = failure instanceof Error ? failure.name : '';
    if (name === 'InvalidStateError') throw new NoPasskey('known', failure);
    throw new NoPasskey(
      name === 'NotAllowedError' || name === 'AbortError' ? 'cancelled' : 'impossible',
      failure,
    );
  }
}

function bytes(base64url: string): Uint8Array<ArrayBuffer> {
  const read = fromBase64Url(base64url);
  if (read === null) throw new NoPasskey('impossible');
  return read;
}
const text = (buffer: ArrayBuffer): string => toBase64Url(new Uint8Array(buffer));
const descriptor = ({ type, id, transports }: DescriptorJson): PublicKeyCredentialDescriptor => ({
  type,
  id: bytes(id),
  ...(transports ? { transports } : {}),
});
