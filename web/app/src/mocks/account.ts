/** Accounts of the mock back end: any phone signs in, with the code 246810. */
import type {
  Account,
  Ceremony,
  CodeSent,
  DemoPhone,
  Level,
  Passkey,
  Session,
  SignInWay,
  Ways,
} from '@/api/account';
import type { Me, Text } from '@/api/types';
import { empty, json, problem, type MockRoutes } from './registry';

const CODE = '246810';
const COUNTER_CODE = '13572468';
const SIGNED_IN = 'luzheng.mock.signed-in';
const KEY = 'luzheng.mock.account';

const LEVELS: Record<Exclude<Level, 'L0'>, { name: Text; how: Text; allows: Text[] }> = {
  L1: {
    name: { zh: '手机号已验证', en: 'phone confirmed' },
    how: { zh: '输入手机收到的验证码', en: 'enter the code sent to your phone' },
    allows: [{ zh: '管理自己的账号', en: 'look after your own account' }],
  },
  L2: {
    name: { zh: '身份信息已核对', en: 'identity agrees with the register' },
    how: {
      zh: '填写姓名和证件号码，与登记信息及登记手机号一致',
      en: 'give your name and identity number; they and your phone must agree with the register',
    },
    allows: [{ zh: '查看自己的车辆和驾驶证', en: 'look at your own vehicles and licence' }],
  },
  L3: {
    name: { zh: '实人认证', en: 'real person confirmed' },
    how: {
      zh: '通过政务身份认证平台登录一次',
      en: 'sign in once through the government’s identity platform',
    },
    allows: [
      { zh: '出示动态码', en: 'show a live code' },
      { zh: '办理业务', en: 'apply for things' },
      { zh: '更换手机号', en: 'change your phone' },
    ],
  },
  L4: {
    name: { zh: '窗口当面核验', en: 'seen at the counter' },
    how: {
      zh: '携带身份证到车管所窗口，输入窗口给您的8位数字（无需人脸识别）',
      en: 'bring your identity card to a counter and enter the 8 digits you get there (no face recognition)',
    },
    allows: [{ zh: '窗口代办授权', en: 'authorise others at a counter' }],
  },
};

/** Who signs in by phone here. */
export const PHONES: readonly DemoPhone[] = [
  {
    name: { zh: '周小雨', en: 'Zhou Xiaoyu' },
    phone: '10000000901',
    id_number: '320000199205209015',
    case: { zh: '尚未开通账号', en: 'no account yet' },
  },
];

interface Kept {
  level: Exclude<Level, 'L0'>;
  how: SignInWay;
}
function kept(): Kept {
  try {
    return JSON.parse(sessionStorage.getItem(KEY) ?? '') as Kept;
  } catch {
    return { level: 'L3', how: 'demo' };
  }
}
const put = (next: Kept): void => sessionStorage.setItem(KEY, JSON.stringify(next));

/** How sure the mock is who is signed in. */
export function standing(): Pick<Me, 'level' | 'level_text' | 'how' | 'has_owner'> {
  const { level, how } = kept();
  return { level, level_text: LEVELS[level].name, how, has_owner: level !== 'L1' };
}

const hoursAgo = (hours: number): string => new Date(Date.now() - hours * 3_600_000).toISOString();
const sent = (to: string): Response =>
  json(
    {
      resend_after_s: 60,
      expires_at: new Date(Date.now() + 300_000).toISOString(),
      to_masked: `${to.slice(0, 3)}****${to.slice(-4)}`,
    } satisfies CodeSent,
    202,
  );
let tries = 5;
function refused(code: string | null): Response | null {
  if (code === CODE) {
    tries = 5;
    return null;
  }
  tries -= 1;
  if (tries > 0) return problem(403, 'wrong_code', { tries_left: tries });
  tries = 5;
  return new Response(JSON.stringify({ status: 429, code: 'locked', title: 'locked' }), {
    status: 429,
    headers: { 'content-type': 'application/problem+json', 'retry-after': '900' },
  });
}

let passkeys: Passkey[] = [
  {
    id: 'p1',
    name: 'Android · Chrome',
    created_at: hoursAgo(24 * 40),
    last_used_at: hoursAgo(30),
    synced: true,
  },
];
let sessions: Session[] = [
  {
    id: 's1',
    device: 'Chrome · Android',
    how: 'demo',
    created_at: hoursAgo(3),
    last_seen_at: hoursAgo(0),
    current: true,
  },
  {
    id: 's2',
    device: 'Safari · Mac',
    how: 'passkey',
    created_at: hoursAgo(24 * 9),
    last_seen_at: hoursAgo(26),
    current: false,
  },
];

/** The one who is signed in, as the routes of the core answer. */
async function me(): Promise<Me | null> {
  const { signedInPerson } = await import('./index');
  return signedInPerson();
}
const someone = async (): Promise<Response> => {
  const found = await me();
  return found ? json(found) : problem(401, 'signed_out');
};
function ceremony(): Ceremony {
  return {
    challenge_id: 'c1',
    options: {
      publicKey: {
        challenge: 'AAECAwQFBgcICQoLDA0ODw',
        rp: { name: 'Luzheng' },
        user: { id: 'AAECAw', name: 'mock', displayName: 'mock' },
        pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
        authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
      },
    },
  };
}
async function signedIn(how: SignInWay, level: Kept['level']): Promise<Response> {
  if (localStorage.getItem(SIGNED_IN) === null) {
    const { firstPerson } = await import('./index');
    localStorage.setItem(SIGNED_IN, firstPerson());
  }
  put({ level, how });
  return json({ me: await me(), new_device: true });
}

export const routes: MockRoutes = {
  'GET /api/v1/session/ways': () =>
    ({
      code: true,
      passkey: true,
      identity_platform: { name: { zh: '政务身份认证', en: 'Government identity' } },
      demo: true,
    }) satisfies Ways,
  'POST /api/v1/session/code': async (call) => sent((await call.body<{ phone: string }>()).phone),
  'POST /api/v1/session/code/confirm': async (call) =>
    refused((await call.body<{ code: string }>()).code) ?? signedIn('code', 'L1'),
  'POST /api/v1/session/passkey/begin': () => ceremony(),
  'POST /api/v1/session/passkey/finish': () => signedIn('passkey', 'L3'),
  'POST /api/v1/session/reauthenticate/code': () => sent('13800001234'),
  'POST /api/v1/session/reauthenticate': async (call) => {
    const { code, demo } = await call.body<{ code: string | null; demo: boolean }>();
    return demo ? someone() : (refused(code) ?? someone());
  },
  'POST /api/v1/session/reauthenticate/passkey/begin': () => ceremony(),
  'POST /api/v1/session/reauthenticate/passkey/finish': someone,
  'POST /api/v1/citizen/identity': async (call) => {
    const { name } = await call.body<{ name: string }>();
    if (name.includes('错')) return problem(422, 'identity_mismatch');
    put({ ...kept(), level: 'L2' });
    return someone();
  },
  'POST /api/v1/citizen/identity/counter': async (call) => {
    if ((await call.body<{ code: string }>()).code !== COUNTER_CODE)
      return problem(403, 'wrong_code', { tries_left: 4 });
    put({ ...kept(), level: 'L4' });
    return someone();
  },
  'GET /api/v1/citizen/account': () => {
    const { level } = kept();
    return {
      phone_masked: '138****1234',
      level,
      level_text: LEVELS[level].name,
      levels: (['L1', 'L2', 'L3', 'L4'] as const).map((it) => ({
        level: it,
        ...LEVELS[it],
        reached: it <= level,
      })),
      history: [
        {
          at: hoursAgo(3),
          what: { zh: '一键登录（演示）', en: 'signed in with one tap (demonstration)' },
          device: 'Chrome · Android',
        },
        {
          at: hoursAgo(26),
          what: { zh: '用通行密钥登录', en: 'signed in with a passkey' },
          device: 'Safari · Mac',
        },
        { at: hoursAgo(27), what: { zh: '验证码输错', en: 'a wrong code was entered' }, device: null },
      ],
    } satisfies Account;
  },
  'POST /api/v1/citizen/phone/code': async (call) => sent((await call.body<{ phone: string }>()).phone),
  'POST /api/v1/citizen/phone': async (call) =>
    refused((await call.body<{ code: string }>()).code) ?? someone(),
  'GET /api/v1/citizen/sessions': () => ({ items: sessions }),
  'POST /api/v1/citizen/sessions/{id}/end': ({ params }) => {
    sessions = sessions.filter(({ id }) => id !== params['id']);
    return empty();
  },
  'POST /api/v1/citizen/sessions/end-others': () => {
    const ended = sessions.filter(({ current }) => !current).length;
    sessions = sessions.filter(({ current }) => current);
    return { ended };
  },
  'POST /api/v1/citizen/sessions/end-all': () => {
    localStorage.removeItem(SIGNED_IN);
    return empty();
  },
  'GET /api/v1/citizen/passkeys': () => ({ items: passkeys }),
  'POST /api/v1/citizen/passkeys/begin': () => ceremony(),
  'POST /api/v1/citizen/passkeys/finish': async (call) => {
    const { name } = await call.body<{ name: string }>();
    const made: Passkey = {
      id: `p${Date.now()}`,
      name,
      created_at: hoursAgo(0),
      last_used_at: null,
      synced: false,
    };
    passkeys = [...passkeys, made];
    return made;
  },
  'POST /api/v1/citizen/passkeys/{id}/end': ({ params }) => {
    passkeys = passkeys.filter(({ id }) => id !== params['id']);
    return empty();
  },
};
