/** Applications of the mock: kept in the page's storage; the office answers by itself after a while. */
import type { CaseAct, CaseView } from '@/api/licence';
import type { Text } from '@/api/types';
import type { Check, Uploaded } from '@/apply/calls';
import type { DriverCase } from './licence-cases';

/** After so long the mock's office has decided. */
const REVIEW_MS = 20_000;
const BACKGROUND = {
  reason_text: { zh: '背景不是白色或有杂物。', en: 'The background is not plain and white.' },
  fix: { zh: '请在白色墙面前拍摄。', en: 'Stand before a white wall.' },
};
const STATUS: Readonly<Record<string, Text>> = {
  under_review: { zh: '正在审核照片', en: 'The photo is being reviewed' },
  rejected: { zh: '照片未通过审核', en: 'The photo was not accepted' },
  issued: { zh: '已签发', en: 'Issued' },
  withdrawn: { zh: '已撤回', en: 'Withdrawn' },
};
const WORDS: Readonly<Record<string, Text>> = {
  submitted: { zh: '提交申请', en: 'Application submitted' },
  accepted: { zh: '受理申请', en: 'Application accepted' },
  photo_approved: { zh: '照片审核通过', en: 'Photo approved' },
  photo_rejected: { zh: '照片未通过审核', en: 'Photo not accepted' },
  resubmitted: { zh: '重新提交照片', en: 'Another photo sent' },
  withdrawn: { zh: '撤回申请', en: 'Application withdrawn' },
  issued: { zh: '签发电子驾驶证', en: 'Electronic licence issued' },
};

const KIND_TEXTS: Readonly<Record<string, Text>> = {
  first: { zh: '申领电子驾驶证', en: 'Electronic licence' },
  photo_replacement: { zh: '更换驾驶证照片', en: 'New licence photo' },
};
const BLANK: Text = { zh: '', en: '' };

const shelf = (person: string): string => `luzheng.mock.cases.${person}`;
const now = (): string => new Date().toISOString();

function act(what: string, by: CaseAct['by'], at = now()): CaseAct {
  const words = WORDS[what] ?? { zh: what, en: what };
  const why = what === 'photo_rejected' ? { reason: 'background', ...BACKGROUND } : null;
  return {
    at,
    what,
    what_text: words,
    by,
    reason: null,
    reason_text: null,
    fix: null,
    ...why,
  };
}

function withStatus(it: CaseView, status: string): CaseView {
  const waits = status === 'under_review';
  return {
    ...it,
    status,
    status_text: STATUS[status] ?? { zh: status, en: status },
    expected_by: waits ? new Date(Date.now() + 86_400_000).toISOString() : null,
    can_withdraw: waits || status === 'rejected',
    can_resubmit: status === 'rejected',
  };
}

function first(it: DriverCase): CaseView[] {
  if (it.application === undefined) return [];
  const opened = new Date(Date.now() - 5 * 3_600_000).toISOString();
  const blank: CaseView = {
    id: `case-${it.person}`,
    kind: 'first',
    kind_text: KIND_TEXTS['first'] ?? BLANK,
    status: '',
    status_text: { zh: '', en: '' },
    opened_at: opened,
    expected_by: null,
    urgent: false,
    actions: [act('submitted', 'you', opened), act('accepted', 'system', opened)],
    can_withdraw: false,
    can_resubmit: false,
    vehicle: null,
    delivery: null,
    steps: [],
  };
  if (it.application === 'waiting') return [withStatus(blank, 'under_review')];
  return [withStatus({ ...blank, actions: [...blank.actions, act('photo_rejected', 'office')] }, 'rejected')];
}

function read(it: DriverCase): CaseView[] {
  const text = localStorage.getItem(shelf(it.person));
  return text === null ? first(it) : (JSON.parse(text) as CaseView[]);
}
function write(it: DriverCase, cases: CaseView[]): void {
  localStorage.setItem(shelf(it.person), JSON.stringify(cases));
}

/** The office of the mock decides what has waited long enough, except for who waits for good. */
function decided(it: DriverCase, one: CaseView): CaseView {
  const sent = one.actions.filter(({ what }) => what === 'submitted' || what === 'resubmitted').at(-1);
  const waited = Date.now() - Date.parse(sent?.at ?? now());
  if (one.status !== 'under_review' || it.application === 'waiting' || waited < REVIEW_MS) return one;
  return withStatus(
    { ...one, actions: [...one.actions, act('photo_approved', 'office'), act('issued', 'system')] },
    'issued',
  );
}

/** Applications, newest first. */
export function casesOf(it: DriverCase): CaseView[] {
  const cases = read(it).map((one) => decided(it, one));
  if (localStorage.getItem(shelf(it.person)) !== null) write(it, cases);
  return cases;
}

/** What is under way. */
export const openCaseOf = (it: DriverCase): CaseView | null =>
  casesOf(it).find(({ status }) => status === 'under_review' || status === 'rejected') ?? null;

/** Whether an application of this visit has been granted. */
export const wasIssued = (it: DriverCase): boolean =>
  casesOf(it).some(({ kind, status }) => kind === 'first' && status === 'issued');

/** A change to one case; null when there is no such case. */
function change(it: DriverCase, id: string, to: (one: CaseView) => CaseView): CaseView | null {
  const cases = casesOf(it);
  const at = cases.findIndex((one) => one.id === id);
  const found = cases[at];
  if (!found) return null;
  cases[at] = to(found);
  write(it, cases);
  return cases[at] ?? null;
}

/** Hands an application in. */
export function apply(it: DriverCase, wish: { kind: string; photo: string; urgent?: boolean }): CaseView {
  const stored = wish.photo === 'stored';
  const actions = [act('submitted', 'you'), act('accepted', 'system')];
  const made = withStatus(
    {
      id: `case-${Date.now().toString(36)}`,
      kind: wish.kind,
      kind_text: KIND_TEXTS[wish.kind] ?? BLANK,
      status: '',
      status_text: { zh: '', en: '' },
      opened_at: now(),
      expected_by: null,
      urgent: wish.urgent ?? false,
      actions: stored ? [...actions, act('photo_approved', 'system'), act('issued', 'system')] : actions,
      can_withdraw: false,
      can_resubmit: false,
      vehicle: null,
      delivery: null,
      steps: [],
    },
    stored ? 'issued' : 'under_review',
  );
  write(it, [made, ...casesOf(it)]);
  return made;
}

export const withdraw = (it: DriverCase, id: string): CaseView | null =>
  change(it, id, (one) =>
    withStatus({ ...one, actions: [...one.actions, act('withdrawn', 'you')] }, 'withdrawn'),
  );

export const resubmit = (it: DriverCase, id: string): CaseView | null =>
  change(it, id, (one) =>
    withStatus(
      { ...one, actions: [...one.actions, act('resubmitted', 'you'), act('accepted', 'system')] },
      'under_review',
    ),
  );

/** Takes a photo in: the mock believes the device. */
export async function takePhoto(
  _path: string,
  photo: Blob,
  told: (share: number) => void,
): Promise<Response> {
  if (!navigator.onLine) throw new TypeError('no network');
  for (const share of [0.3, 0.7, 1]) {
    told(share);
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
  const uploaded: Uploaded = { id: `photo-${photo.size}`, accepted: true, checks: [] as Check[] };
  return new Response(JSON.stringify(uploaded), { headers: { 'content-type': 'application/json' } });
}
