import { createI18n } from 'vue-i18n';
import type { Text } from './types';
import { enFlags, zhFlags } from './words-flags';
import { enOffice, zhOffice } from './words-office';

const zh = {
  ...zhOffice,
  flags: zhFlags,
  title: '照片审核',
  product: '路证 工作台',
  language: 'English',
  signIn: '请选择工作人员身份登录',
  signInOther: '本系统的工作人员登录方式由部署单位配置。',
  signOut: '退出登录',
  notStaff: '当前登录的不是工作人员，请退出后重新登录。',
  queue: '审核队列',
  waiting: '待审',
  urgent: '加急',
  second: '复看',
  oldest: '最久等候',
  today: '今日已审',
  median: '中位用时',
  mine: '本次 {n} 张，中位 {t}',
  none: '无',
  start: '开始审核',
  startHint: '按 N 取下一张，全程可只用键盘。',
  empty: '没有待审的照片',
  emptyText: '新的申请会自动出现在这里，每 10 秒查看一次。',
  loading: '正在读取…',
  photo: '申请人照片',
  photoFailed: '照片未能显示，请放回队列后重试。',
  urgentTag: '路面加急',
  secondTag: '复看（看不到首次结论）',
  waited: '已等候 {t}',
  lease: '本张留给您到 {t}',
  applicant: '申请人',
  age: '{n} 岁',
  classes: '准驾车型 {c}',
  stored: '有登记照片',
  noStored: '无登记照片',
  checks: '自动检查（仅供参考）',
  passed: '通过',
  failed: '未通过',
  measured: '测得 {m}，要求 {l}',
  approve: '通过',
  reject: '不通过',
  rejectTitle: '选择不通过的原因',
  note: '补充说明（可不填，仅供内部留存）',
  release: '放回队列',
  undo: '撤销',
  undone: '已撤销，请重新审核。',
  lastApproved: '已通过：{name}',
  lastRejected: '未通过：{name}（{reason}）',
  undoFor: '{n} 秒内可撤销',
  zoom: '放大',
  guides: '参考线',
  help: '键盘说明',
  close: '关闭',
  keyNext: '下一张',
  keyDigits: '按原因直接不通过',
  lost: '无法连接服务器。您的审核没有丢失，请稍后再试。',
  gone: '这张照片已不在您手上（超时或已由他人处理）,请取下一张。',
  problem: '操作没有完成：{detail}',
  retry: '重试',
};

const en: typeof zh = {
  ...enOffice,
  flags: enFlags,
  title: 'Photo review',
  product: 'Luzheng desk',
  language: '中文',
  signIn: 'Choose a member of staff to sign in',
  signInOther: 'How staff sign in to this system is set by whoever runs it.',
  signOut: 'Sign out',
  notStaff: 'You are signed in, but not as staff. Sign out and sign in again.',
  queue: 'Queue',
  waiting: 'Waiting',
  urgent: 'Urgent',
  second: 'Second look',
  oldest: 'Longest wait',
  today: 'Decided today',
  median: 'Median time',
  mine: 'This session {n}, median {t}',
  none: 'none',
  start: 'Start reviewing',
  startHint: 'N takes the next photo; everything works by keyboard alone.',
  empty: 'No photo is waiting',
  emptyText: 'New applications appear here by themselves; we look every 10 seconds.',
  loading: 'Loading…',
  photo: 'Photo of the applicant',
  photoFailed: 'The photo could not be shown. Put it back and try again.',
  urgentTag: 'Urgent, from the roadside',
  secondTag: 'Second look (the first decision is hidden)',
  waited: 'waited {t}',
  lease: 'kept for you until {t}',
  applicant: 'Applicant',
  age: 'age {n}',
  classes: 'Classes {c}',
  stored: 'has a registered photo',
  noStored: 'no registered photo',
  checks: 'Automatic checks (advice only)',
  passed: 'passed',
  failed: 'failed',
  measured: 'measured {m}, wanted {l}',
  approve: 'Approve',
  reject: 'Reject',
  rejectTitle: 'Choose the reason',
  note: 'In your own words (optional; for the office only)',
  release: 'Put back',
  undo: 'Undo',
  undone: 'Undone. Please decide again.',
  lastApproved: 'Approved: {name}',
  lastRejected: 'Rejected: {name} ({reason})',
  undoFor: 'can be undone for {n} s',
  zoom: 'Zoom',
  guides: 'Guides',
  help: 'Keys',
  close: 'Close',
  keyNext: 'Next photo',
  keyDigits: 'Reject for that reason at once',
  lost: 'The server cannot be reached. Nothing of your work is lost; try again in a moment.',
  gone: 'This photo is no longer yours (time ran out, or somebody else decided). Take the next one.',
  problem: 'That did not work: {detail}',
  retry: 'Try again',
};

export type Locale = 'zh-CN' | 'en';

function stored(): Locale {
  try {
    return localStorage.getItem('luzheng.locale') === 'en' ? 'en' : 'zh-CN';
  } catch {
    return 'zh-CN';
  }
}

/** Chinese first; English complete (the type of the Chinese table is the contract for both). */
export const i18n = createI18n<[typeof zh], Locale, false>({
  legacy: false,
  locale: stored(),
  fallbackLocale: 'zh-CN',
  messages: { 'zh-CN': zh, en },
});

/** Changes the language of the page, and remembers it for the app too. */
export function setLocale(locale: Locale): void {
  i18n.global.locale.value = locale;
  document.documentElement.lang = locale;
  try {
    localStorage.setItem('luzheng.locale', locale);
  } catch {
    // a browser that keeps nothing still shows everything
  }
}

/** A server text in the person's language. */
export const inLocale = (text: Text, locale: Locale): string => (locale === 'en' ? text.en : text.zh);
