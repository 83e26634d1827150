import { describe, expect, test } from 'vitest';
import { MAX_WEBHOOK, TOLERANCE, WebhookError, verifyWebhook } from '../src/index.js';

const NOW = 1_795_248_000;
const pair = (await crypto.subtle.generateKey({ name: 'Ed25519' }, true, [
  'sign',
  'verify',
])) as CryptoKeyPair;
const other = (await crypto.subtle.generateKey({ name: 'Ed25519' }, true, [
  'sign',
  'verify',
])) as CryptoKeyPair;
const publicKey = async (keys: CryptoKeyPair) =>
  `whpk_${Buffer.from(await crypto.subtle.exportKey('raw', keys.publicKey)).toString('base64')}`;
const KEYS = [await publicKey(pair)];
const EVENT = {
  type: 'vehicle.mark_changed',
  timestamp: '2026-11-21T08:00:00Z',
  data: { subscription: 's', seq: 4, plate_number: '苏B12345' },
};
const BODY = JSON.stringify(EVENT);

async function signature(
  keys: CryptoKeyPair,
  id: string,
  at: number | string,
  body: string,
): Promise<string> {
  const message = new TextEncoder().encode(`${id}.${at}.${body}`);
  return `v1a,${Buffer.from(await crypto.subtle.sign({ name: 'Ed25519' }, keys.privateKey, message)).toString('base64')}`;
}
const headers = async (at: number | string = NOW, body = BODY, keys = pair, id = 'msg_1') => ({
  'webhook-id': id,
  'webhook-timestamp': String(at),
  'webhook-signature': await signature(keys, id, at, body),
});
const word = async (...args: Parameters<typeof verifyWebhook>): Promise<string> => {
  try {
    return (await verifyWebhook(...args)).id;
  } catch (error) {
    if (error instanceof WebhookError) return error.code;
    throw error;
  }
};
const question = { keys: KEYS, now: NOW };

test('a webhook is read, from Headers, from Node’s headers, from bytes', async () => {
  const sent = await headers();
  const expected = { id: 'msg_1', ...EVENT };
  expect(await verifyWebhook(sent, BODY, question)).toEqual(expected);
  expect(await verifyWebhook(new Headers(sent), Buffer.from(BODY), question)).toEqual(expected);
});

test('the example of Standard Webhooks’ form: several signatures, of several versions', async () => {
  const sent = await headers();
  const several = `v1,AAAA v1a,AAAA ${await signature(other, 'msg_1', NOW, BODY)} ${sent['webhook-signature']}`;
  expect(await word({ ...sent, 'webhook-signature': several }, BODY, question)).toBe('msg_1');
  expect(await word(sent, BODY, { keys: [await publicKey(other), ...KEYS], now: NOW })).toBe('msg_1');
});

describe('is not believed', () => {
  test.each([
    ['body', async () => word(await headers(), `${BODY} `, question), 'bad_signature'],
    [
      'id',
      async () => word({ ...(await headers()), 'webhook-id': 'msg_2' }, BODY, question),
      'bad_signature',
    ],
    [
      'time',
      async () => word({ ...(await headers()), 'webhook-timestamp': String(NOW + 1) }, BODY, question),
      'bad_signature',
    ],
    ['key', async () => word(await headers(NOW, BODY, other), BODY, question), 'bad_signature'],
    ['no key', async () => word(await headers(), BODY, { keys: [], now: NOW }), 'bad_signature'],
    [
      'version',
      async () => word({ ...(await headers()), 'webhook-signature': 'v1,AAAA' }, BODY, question),
      'bad_signature',
    ],
    ['too old', async () => word(await headers(NOW - TOLERANCE - 1), BODY, question), 'too_old'],
    ['too new', async () => word(await headers(NOW + TOLERANCE + 1), BODY, question), 'too_new'],
    ['no time', async () => word(await headers('soon'), BODY, question), 'missing_header'],
    ['no header', async () => word({}, BODY, question), 'missing_header'],
    [
      'a long id',
      async () => word(await headers(NOW, BODY, pair, 'x'.repeat(129)), BODY, question),
      'missing_header',
    ],
    ['too large', async () => word(await headers(), 'x'.repeat(MAX_WEBHOOK + 1), question), 'too_large'],
    ['a short key', async () => word(await headers(), BODY, { keys: ['whpk_AAAA'], now: NOW }), 'bad_key'],
    [
      'another kind of key',
      async () => word(await headers(), BODY, { keys: ['whsec_AAAA'], now: NOW }),
      'bad_key',
    ],
  ])('another or a wrong %s', async (_, judged, expected) => {
    expect(await judged()).toBe(expected);
  });

  test.each([
    '',
    'null',
    '[]',
    '{}',
    '{"type":1,"timestamp":"x","data":{}}',
    '{"type":"t","timestamp":"x","data":{"subscription":"s"}}',
    '{"type":"t","timestamp":"x","data":{"subscription":"s","seq":1.5}}',
  ])('a signed body that is no event: %s', async (body) => {
    expect(await word(await headers(NOW, body), body, question)).toBe('bad_body');
  });

  test('its last seconds count', async () => {
    expect(await word(await headers(NOW - TOLERANCE), BODY, question)).toBe('msg_1');
    expect(await word(await headers(NOW + TOLERANCE), BODY, question)).toBe('msg_1');
  });
});
