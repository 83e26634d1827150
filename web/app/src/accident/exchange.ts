/** The exchange itself: what this phone shows, and what it makes of what the other one shows. No network is needed for any of it. */
import {
  type AccidentParty,
  type AccidentRecord,
  type AccidentReason,
  accidentCodeOfText,
  accidentCodeText,
  accidentDigest,
  accidentRecordText,
  decodeAccidentCode,
  encodeAccidentCode,
  encodeAccidentRecord,
  examineAccident,
  mayAgree,
  mayRecord,
  type Offer,
  pathOf,
  readOffer,
  readStatement,
  type SeenCode,
  signEndorsement,
  type Statement,
  writeOffer,
  writeStatement,
  circumstanceOf,
} from '@luzheng/verify/accident';
import { compactText } from '@luzheng/verify';
import { clockConfirmed, nowMs } from '@/composables/clock';
import { openDevice } from '@/composables/device';
import { meta } from '@/composables/session';
import { fromBase64Url, toBase64Url } from '@/licence/base64url';
import { makeDeviceKey, openDeviceKey, pointsOf, type Sign, signerOf, wrap } from '@/licence/held';
import { check } from '@/verifier/service';
import { keepAccident } from './kept';
import { making, type Shown } from './state';

type Bytes = Uint8Array<ArrayBuffer>;
/** What is wrong with a scanned code. */
export type ScanFault = 'not_ours' | 'other_step' | 'own_code' | 'other_record' | 'changed' | 'newer';
/** Offers or answers that are remembered: one is made every half minute while it is shown. */
const MOST_SHOWN = 60;
const NOTHING: Bytes = new Uint8Array();

const seconds = (): number => Math.floor(nowMs() / 1000);
const bytesOf = (text: string | null | undefined): Bytes => (text ? fromBase64Url(text) : null) ?? NOTHING;
const host = (): string => meta.value?.code_host ?? location.host;
const orNull = (text: string): string | null => (text.trim() === '' ? null : text.trim());

/** The key of this record: made when it is first needed. */
async function recordKey(): Promise<{ point: Bytes; sign: Sign }> {
  if (making.key === null) {
    const made = await makeDeviceKey();
    const { uncompressed } = await pointsOf(made.pair);
    making.key = { pkcs8: toBase64Url(made.pkcs8), point: toBase64Url(uncompressed) };
  }
  const pair = await openDeviceKey(bytesOf(making.key.pkcs8), bytesOf(making.key.point));
  return { point: (await pointsOf(pair)).compressed, sign: signerOf(pair) };
}

/** The licence of this device, signed for now; null when there is none, or the person does not want it in. */
async function ownLicence(): Promise<Bytes | null> {
  if (!making.party.withLicence) return null;
  const device = await openDevice();
  if (device === null || device.message === null || device.state === 'stopped') return null;
  return wrap(device.message, seconds(), signerOf(device.pair));
}

async function ownParty(): Promise<AccidentParty> {
  const { plate, plateType, impact, mark, insurer, policy, contact } = making.party;
  return {
    plate,
    plateType,
    impact,
    mark: mark === null ? null : bytesOf(mark),
    licence: await ownLicence(),
    insurer: orNull(insurer),
    policy: orNull(policy),
    contact: orNull(contact),
  };
}

function remember(shown: Shown): void {
  making.shown = [...making.shown, shown].slice(-MOST_SHOWN);
}

/** The first code: what happened, and this party. Made anew while it is shown, since a licence's code lives for a minute. */
export async function offerCode(): Promise<string> {
  making.record ??= toBase64Url(crypto.getRandomValues(new Uint8Array(16)));
  const { point } = await recordKey();
  const { facts } = making;
  const offer: Offer = {
    record: bytesOf(making.record),
    key: point,
    madeAt: seconds(),
    clockConfirmed: clockConfirmed.value,
    happenedAt: facts.happenedAt,
    place: facts.place && { ...facts.place },
    placeText: orNull(facts.placeText),
    form: facts.form,
    weather: facts.weather,
    responsibility: facts.responsibility ?? 'undecided',
    circumstances: [...new Set([...making.declared, ...making.found])],
    party: await ownParty(),
  };
  const said = writeOffer(offer);
  // what cannot be read again is not shown either
  readOffer(said);
  remember({ said: toBase64Url(said), signed: null });
  return textOf({ kind: 'offer', offer: said });
}

/** The second code: this party, and its signature over everything. */
export async function answerCode(): Promise<string> {
  const { point, sign } = await recordKey();
  const offer = bytesOf(making.other?.said);
  const statement: Statement = {
    record: readOffer(offer).record,
    key: point,
    madeAt: seconds(),
    clockConfirmed: clockConfirmed.value,
    circumstances: [...new Set([...making.declared, ...making.found])],
    party: await ownParty(),
  };
  const said = writeStatement(statement);
  readStatement(said);
  const signed = await endorse('second', offer, said, sign);
  remember({ said: toBase64Url(said), signed: toBase64Url(signed) });
  // whatever happens now, what this party signed is not lost to it
  await settle({ offer, statement: said, first: NOTHING, second: signed });
  return textOf({ kind: 'answer', statement: said, signed });
}

/** The third code: the first party's signature; after it both have everything. */
export async function closeCode(): Promise<string> {
  if (making.closed !== null) return making.closed;
  const { sign } = await recordKey();
  const offer = bytesOf(making.answered?.said);
  const statement = bytesOf(making.other?.said);
  const first = await endorse('first', offer, statement, sign);
  await settle({ offer, statement, first, second: bytesOf(making.other?.signed) });
  making.closed = textOf({ kind: 'close', signed: first });
  return making.closed;
}

/** Signs alone, when the other side will not or cannot: a record that says so. */
export async function signAlone(): Promise<void> {
  await offerCode();
  const { sign } = await recordKey();
  const offer = bytesOf(making.shown.at(-1)?.said);
  making.seen = { mark: null, licence: null, plate: 'not_compared' };
  await settle({
    offer,
    statement: NOTHING,
    first: await endorse('first', offer, NOTHING, sign),
    second: NOTHING,
  });
}

async function endorse(role: 'first' | 'second', offer: Bytes, statement: Bytes, sign: Sign): Promise<Bytes> {
  const digest = await accidentDigest(offer, statement);
  const { mark, licence, plate } = making.seen;
  return signEndorsement(
    {
      role,
      digest,
      signedAt: seconds(),
      plate,
      mark: mark && { ...mark },
      licence: licence && { ...licence },
    },
    sign,
  );
}

function textOf(code: Parameters<typeof encodeAccidentCode>[0]): string {
  const bytes = encodeAccidentCode(code);
  // every field has its ceiling, and together they fit: a test holds it
  if (bytes === null) throw new RangeError('the code does not fit');
  return accidentCodeText(host(), bytes);
}

/** Takes over a record that somebody signed: on the screen, and among what this phone keeps. */
async function settle(record: AccidentRecord): Promise<void> {
  const bytes = encodeAccidentRecord(record);
  const { verdict, record: view } = await examineAccident(bytes, seconds());
  if (view === null) throw new Error('our own record is not genuine');
  making.text = accidentRecordText(bytes);
  // what both signed needs no further signature, and nobody shall make one
  if (verdict === 'complete') making.key = null;
  await keepAccident({
    id: view.id,
    happenedAt: view.happened_at,
    plates: view.parties.map(({ plate_number }) => plate_number),
    complete: verdict === 'complete',
    text: making.text,
  });
}

const FAULTS: Partial<Record<AccidentReason, ScanFault>> = {
  other_record: 'other_record',
  other_content: 'other_record',
  same_key: 'own_code',
  unsupported_version: 'newer',
};

/** Takes what was scanned; null when it was what belongs here. */
export async function takeCode(text: string): Promise<ScanFault | null> {
  const bytes = accidentCodeOfText(text);
  if (bytes === null) return 'not_ours';
  const code = decodeAccidentCode(bytes);
  if (typeof code === 'string') return code === 'unsupported_version' ? 'newer' : 'not_ours';
  const expected = { 'scan-answer': 'answer', 'scan-close': 'close' }[making.step as string] ?? 'offer';
  if (code.kind !== expected) return 'other_step';
  if (code.kind === 'offer') return takeOffer(code.offer);
  if (code.kind === 'answer') return takeAnswer(code.statement, code.signed);
  return takeClose(code.signed);
}

async function takeOffer(offer: Bytes): Promise<ScanFault | null> {
  const said = toBase64Url(offer);
  if (making.shown.some((shown) => shown.said === said)) return 'own_code';
  making.other = { said, signed: null };
  making.shown = [];
  await look(readOffer(offer).party);
  return null;
}

async function takeAnswer(statement: Bytes, signed: Bytes): Promise<ScanFault | null> {
  let fault: ScanFault = 'changed';
  // the other phone may have read an offer that was shown a minute ago
  for (const shown of [...making.shown].reverse()) {
    const record = { offer: bytesOf(shown.said), statement, first: NOTHING, second: signed };
    const { verdict, reason } = await examineAccident(encodeAccidentRecord(record), seconds());
    if (verdict === 'one_sided') {
      making.other = { said: toBase64Url(statement), signed: toBase64Url(signed) };
      making.answered = { ...shown };
      await look(readStatement(statement).party);
      return null;
    }
    fault = (reason && FAULTS[reason]) ?? fault;
  }
  return fault;
}

async function takeClose(first: Bytes): Promise<ScanFault | null> {
  let fault: ScanFault = 'changed';
  for (const shown of [...making.shown].reverse()) {
    const record = {
      offer: bytesOf(making.other?.said),
      statement: bytesOf(shown.said),
      first,
      second: bytesOf(shown.signed),
    };
    const { verdict, reason } = await examineAccident(encodeAccidentRecord(record), seconds());
    if (verdict === 'complete') {
      await settle(record);
      return null;
    }
    fault = (reason && FAULTS[reason]) ?? fault;
  }
  return fault;
}

/** Judges what the other party showed, with what this phone has. */
async function look(party: AccidentParty): Promise<void> {
  const [mark, licence] = await Promise.all([
    judge('inspection_mark', party.mark, party.plate),
    judge('driving_licence', party.licence),
  ]);
  making.seen = { mark, licence, plate: 'not_compared' };
  const found = [
    mark && circumstanceOf('inspection_mark', mark.reason),
    licence && circumstanceOf('driving_licence', licence.reason),
  ];
  making.found = found.filter((it) => it !== null);
}

async function judge(
  kind: 'inspection_mark' | 'driving_licence',
  message: Bytes | null,
  plate?: string,
): Promise<SeenCode | null> {
  if (message === null) return null;
  const { report } = await check(compactText(message), plate);
  const other = report.credential !== null && report.credential.kind !== kind;
  return {
    reason: other ? 'not_a_credential' : report.reason,
    ageS: report.status === null ? null : Math.min(report.status.age_s, 0xffff_ffff),
  };
}

/** The other party as it described itself, and what it says happened when it is the first. */
export function otherSide(): { party: AccidentParty; offer: Offer | null; said: Offer | Statement } | null {
  const bytes = bytesOf(making.other?.said);
  if (bytes.length === 0) return null;
  if (making.role === 'first') {
    const said = readStatement(bytes);
    return { party: said.party, offer: null, said };
  }
  const said = readOffer(bytes);
  return { party: said.party, offer: said, said };
}

/** Whether this phone may sign, by everything that both said and it saw: what the law lets two drivers do. */
export function mayISign(): { ok: boolean; path: ReturnType<typeof pathOf> } {
  const other = otherSide();
  const path = pathOf([...making.declared, ...making.found, ...(other?.said.circumstances ?? [])]);
  const share =
    making.role === 'second'
      ? (other?.offer?.responsibility ?? 'undecided')
      : (making.facts.responsibility ?? 'undecided');
  return { ok: mayAgree(path) || (mayRecord(path) && share === 'undecided'), path };
}
