import type { Look, Notice, NoticeCheck, Page } from '@/api/inbox';
import type { Vehicle } from '@/api/types';
import { chinaDay } from '@/i18n/format';
import { CASES } from './cases';
import { PEOPLE, vehicleOf } from './country';
import { DRIVER_PEOPLE } from './licence';
import { empty, problem, type MockRoutes } from './registry';

/** Notices, their codes, and looks. What is read and unread lasts for the visit. */

const SIGNED_IN = 'luzheng.mock.signed-in';
const PAGE = 20;
/** Made up: the mock back end has no key to sign them with. */
const CODES = ['K7M2-9QXT-4FDA', '3HRZ-P8WC-0N5E', 'TB6J-Y2VK-Q1S4', 'W9D3-XM7F-5GAZ', '0CPE-8RTH-6JN2'];
const readAt = new Map<string, string | null>();
const ago = (days: number): string => new Date(Date.now() - days * 86_400_000).toISOString();

function ownVehicle(): Vehicle | undefined {
  const person = [...PEOPLE, ...DRIVER_PEOPLE].find(({ id }) => id === localStorage.getItem(SIGNED_IN));
  const own = CASES.find(({ id }) => person?.own.includes(id));
  return own && vehicleOf(own, chinaDay(Date.now()));
}

type Plain = Pick<Notice, 'id' | 'kind' | 'title' | 'body' | 'created_at' | 'read_at'>;

/** The notices everybody in the mock has, the first of them unread. */
function vehicleNotices(vehicle: Vehicle | undefined): Plain[] {
  if (!vehicle) return [];
  const day = vehicle.inspection?.last_day ?? '';
  return [
    {
      id: 'n1',
      kind: 'inspection_due',
      title: { zh: '检验快到期了', en: 'Inspection is due soon' },
      body: {
        zh: `${vehicle.plate_number} 的检验有效期至 ${day}，请按时办理。`,
        en: `Inspection of ${vehicle.plate_number} is valid until ${day}.`,
      },
      created_at: ago(0.2),
      read_at: null,
    },
    {
      id: 'n2',
      kind: 'mark_issued',
      title: { zh: '电子检验标志已签发', en: 'Inspection mark issued' },
      body: {
        zh: `${vehicle.plate_number} 的检验标志已可出示、下载。`,
        en: `The mark of ${vehicle.plate_number} can be shown and downloaded.`,
      },
      created_at: ago(12),
      read_at: null,
    },
    {
      id: 'n3',
      kind: 'mark_superseded',
      title: { zh: '旧标志已停止使用', en: 'The old mark has ended' },
      body: {
        zh: '新标志签发后，旧标志自动失效，不用处理。',
        en: 'It ended by itself when the new one was issued.',
      },
      created_at: ago(12.1),
      read_at: ago(10),
    },
  ];
}

function licenceNotices(): Plain[] {
  return [
    {
      id: 'n8',
      kind: 'licence_issued',
      title: { zh: '电子驾驶证已签发', en: 'Driving licence issued' },
      body: { zh: '现在可以在“驾驶证”页出示。', en: 'It can be shown from the licence page.' },
      created_at: ago(1.1),
      read_at: null,
    },
    {
      id: 'n9',
      kind: 'new_device',
      title: { zh: '新设备登录', en: 'Signed in on a new device' },
      body: {
        zh: '您的账号在一台新设备上登录。如果不是您本人，请立即退出所有设备并联系我们。',
        en: 'Your account was used on a new device. If it was not you, sign out everywhere and tell us.',
      },
      created_at: ago(30.4),
      read_at: ago(30),
    },
  ];
}

/** The inbox of whoever is signed in, newest first. */
export function inbox(): Notice[] {
  const vehicle = ownVehicle();
  return [...vehicleNotices(vehicle), ...licenceNotices()]
    .map((notice, i): Notice => {
      const ofVehicle = vehicle !== undefined && i < 3;
      const path = ofVehicle
        ? vehicle.mark
          ? `/marks/${vehicle.mark.id}`
          : `/vehicles/${vehicle.id}`
        : '/licence';
      return {
        ...notice,
        code: CODES[i % CODES.length] ?? '',
        about: ofVehicle ? { kind: 'vehicle', id: vehicle.id, label: vehicle.plate_number } : null,
        path: notice.kind === 'new_device' ? null : path,
        read_at: readAt.has(notice.id) ? (readAt.get(notice.id) ?? null) : notice.read_at,
      };
    })
    .sort((a, b) => b.created_at.localeCompare(a.created_at));
}

const LOOKS: readonly Omit<Look, 'id' | 'at' | 'about'>[] = [
  {
    by: { zh: '车管所窗口', en: 'Vehicle office counter' },
    by_role: 'staff',
    purpose: 'counter',
    purpose_text: { zh: '窗口办理业务', en: 'business at the counter' },
    what: { zh: '登记信息和检验标志', en: 'registration and inspection mark' },
    how: { zh: '工作台查询', en: 'looked up at the desk' },
  },
  {
    by: { zh: '持有链接的人：“城南租车”', en: 'Somebody with the link: “城南租车”' },
    by_role: 'anyone_with_link',
    purpose: 'rental',
    purpose_text: { zh: '租车', en: 'renting a vehicle' },
    what: { zh: '准驾车型、有效期和状态', en: 'classes, validity and state' },
    how: { zh: '证明链接', en: 'proof link' },
  },
  {
    by: { zh: '照片审核人员', en: 'Photo reviewer' },
    by_role: 'staff',
    purpose: 'photo_review',
    purpose_text: { zh: '审核申领照片', en: 'reviewing the photo of an application' },
    what: { zh: '照片', en: 'photo' },
    how: { zh: '审核台', en: 'review desk' },
  },
];

function looks(): Look[] {
  const vehicle = ownVehicle();
  return [0.1, 0.3, 1.2, 9.5, 40].map((days, i) => ({
    ...(LOOKS[i % LOOKS.length] as (typeof LOOKS)[number]),
    id: `l${i}`,
    at: ago(days),
    about:
      i % LOOKS.length === 0 && vehicle
        ? { kind: 'vehicle', id: vehicle.id, label: vehicle.plate_number }
        : { kind: 'licence', id: 'licence', label: 'C1' },
  }));
}

const NOT_OURS = { zh: '请不要按这条消息操作。', en: 'Do nothing that the message asks.' };

function check(code: string): NoticeCheck {
  const i = CODES.indexOf(code);
  const found = inbox().find((notice) => notice.code === code);
  if (i < 0)
    return {
      genuine: false,
      title: null,
      sent_at: null,
      to_masked: null,
      about_masked: null,
      advice: NOT_OURS,
    };
  return {
    genuine: true,
    title: found?.title ?? { zh: '电子检验标志已签发', en: 'Inspection mark issued' },
    sent_at: found?.created_at ?? ago(12),
    to_masked: '138****1234',
    about_masked: '苏B****9',
    advice: { zh: '请比对标题和收件人。', en: 'Compare title and recipient.' },
  };
}

function mark(id: string, read: boolean): Response {
  if (!inbox().some((notice) => notice.id === id)) return problem(404, 'not_found');
  readAt.set(id, read ? new Date().toISOString() : null);
  return empty();
}

export const routes: MockRoutes = {
  'GET /api/v1/citizen/notices': ({ query }): Page<Notice> => {
    const wanted = inbox().filter(({ read_at }) => query.get('unread') !== 'true' || read_at === null);
    return { items: wanted.slice(0, PAGE), next: null };
  },
  'POST /api/v1/citizen/notices/{id}/read': ({ params }) => mark(params['id'] ?? '', true),
  'POST /api/v1/citizen/notices/{id}/unread': ({ params }) => mark(params['id'] ?? '', false),
  'POST /api/v1/citizen/notices/read-all': () => {
    for (const notice of inbox()) if (notice.read_at === null) mark(notice.id, true);
    return empty();
  },
  'POST /api/v1/notices/check': async (call) => check((await call.body<{ code: string }>()).code),
  'GET /api/v1/citizen/looks': (): Page<Look> => ({ items: looks(), next: null }),
};
