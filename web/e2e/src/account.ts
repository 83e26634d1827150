/** Accounts in the demo: people who sign in by phone, the outbox where their codes lie, an authenticator. */
import type { APIRequestContext, CDPSession, Page } from 'playwright-core';

/** Somebody who signs in by phone. */
export interface WalkIn {
  readonly name: { zh: string };
  readonly phone: string;
  readonly id_number: string;
}

/** A phone that the demo knows nothing of; each test takes another, since codes are sent once a minute. */
export function unknownPhone(n: number): string {
  return `1000000${String(n).padStart(4, '0')}`;
}

/** The people of the demo who sign in by phone. */
export async function walkIns(request: APIRequestContext): Promise<readonly WalkIn[]> {
  const answer = await request.get('/api/v1/demo/sign-ins');
  return ((await answer.json()) as { by_phone: WalkIn[] }).by_phone;
}

/** The newest code that was sent to a phone, from the demo's outbox. */
export async function codeFor(request: APIRequestContext, phone: string): Promise<string> {
  const masked = `${phone.slice(0, 3)}****${phone.slice(-4)}`;
  const answer = await request.get('/api/v1/demo/outbox');
  const { items } = (await answer.json()) as {
    items: { at: string; to: string; body: { zh: string } }[];
  };
  const codes = items
    .filter(({ to, body }) => to === masked && /^\d{6}，/.test(body.zh))
    .sort((a, b) => a.at.localeCompare(b.at));
  const code = codes.at(-1)?.body.zh.slice(0, 6);
  if (code === undefined) throw new Error(`no code for ${masked} in the outbox`);
  return code;
}

/** Signs in by phone and code on the screen, to wherever that leads. */
export async function signInByPhone(page: Page, phone: string): Promise<void> {
  await page.goto('/sign-in');
  await page.getByTestId('phone').fill(phone);
  await page.getByTestId('send-code').click();
  await page.getByTestId('code').waitFor();
  await page.getByTestId('code').fill(await codeFor(page.request, phone));
  await page.waitForURL((url) => url.pathname !== '/sign-in');
}

/** Gives the page an authenticator as a phone has one: it asks for the finger, and knows the PRF extension. */
export async function authenticator(page: Page): Promise<CDPSession> {
  const session = await page.context().newCDPSession(page);
  await session.send('WebAuthn.enable', { enableUI: false });
  await session.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      ctap2Version: 'ctap2_1',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      hasPrf: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return session;
}
