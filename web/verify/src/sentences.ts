/** What a person reads: for each verdict, reason and hint one sentence of meaning and one of what to do. */
import type { Hint, Reason, Report, StatusAge, Verdict } from './report.js';

/** A text in both languages. */
export interface Text {
  readonly zh: string;
  readonly en: string;
}

/** The two or three words over a verdict. */
export const VERDICT_TITLES: Record<Verdict, Text> = {
  valid: { zh: '有效', en: 'Valid' },
  attention: { zh: '真实，请留意', en: 'Genuine, take a look' },
  not_valid: { zh: '无效', en: 'Not valid' },
  unreadable: { zh: '无法识读', en: 'Unreadable' },
  cannot_tell: { zh: '无法判断', en: 'Cannot tell' },
};

/** The sentence of a valid credential. */
export const VALID_SENTENCE: Text = {
  zh: '凭证真实，在有效期内，未被撤销。',
  en: 'The credential is genuine, within its validity and not withdrawn.',
};

/** The sentence of each reason: what it means and what to do. */
export const REASON_SENTENCES: Record<Reason, Text> = {
  too_large: {
    zh: '内容过长，不是路证凭证。请确认所扫的是凭证上的二维码。',
    en: 'The text is too long to be a Luzheng code. Make sure to scan the code on the credential.',
  },
  truncated: {
    zh: '二维码内容不完整。请擦净镜头、靠近后重新扫描，或请对方重新出示。',
    en: 'The code is incomplete. Clean the lens, move closer and scan again, or ask to be shown it again.',
  },
  not_a_credential: {
    zh: '这不是路证凭证。请确认所扫的是凭证上的二维码。',
    en: 'This is not a Luzheng credential. Make sure to scan the code on the credential.',
  },
  unsupported_version: {
    zh: '凭证的版本比本程序新。请更新本程序后重新扫描。',
    en: 'The credential is of a newer version than this program. Update the program and scan again.',
  },
  trust_list_expired: {
    zh: '本机没有在有效期内的签发机关名单，无法判断真伪。请联网更新后重新扫描。',
    en: 'This device has no current list of issuers, so it cannot judge. Connect to the network and scan again.',
  },
  unknown_issuer: {
    zh: '签发者不在名单内，或无权签发此凭证。请勿采信。',
    en: 'The signer is not a listed issuer, or may not sign this credential. Do not rely on it.',
  },
  bad_signature: {
    zh: '签名不符：内容被改动，或并非签发机关所签。请勿采信。',
    en: 'The signature does not hold: it was altered, or not signed by the issuer. Do not rely on it.',
  },
  malformed: {
    zh: '凭证内容不合规范。请勿采信，并告知签发机关。',
    en: 'The content breaks the format. Do not rely on it, and tell the issuing authority.',
  },
  clock_wrong: {
    zh: '本机时间可能不准，无法判断。请校正本机时间后重新扫描。',
    en: 'The clock of this device seems wrong, so it cannot judge. Set the clock and scan again.',
  },
  not_yet_valid: {
    zh: '凭证尚未生效。请核对日期。',
    en: 'The credential is not valid yet. Check the date.',
  },
  replayed: {
    zh: '动态码已过期，可能是截图。请对方打开应用，现场出示。',
    en: 'The live code is too old, perhaps a screenshot. Ask to be shown it live in the app.',
  },
  expired: {
    zh: '凭证已过有效期。请车主办理检验或申领新凭证。',
    en: 'The credential has expired. The owner has to have the vehicle inspected or apply for a new one.',
  },
  status_unavailable: {
    zh: '本机没有在有效期内的撤销名单，无法判断是否仍然有效。请联网更新后重新扫描。',
    en: 'This device has no current withdrawal list, so it cannot tell. Connect to the network and scan again.',
  },
  revoked: {
    zh: '凭证已被撤销。请勿采信，详情请询签发机关。',
    en: 'The credential was revoked. Do not rely on it; the issuing authority knows why.',
  },
  suspended: {
    zh: '凭证已被暂停使用。请勿采信，详情请询签发机关。',
    en: 'The credential is suspended. Do not rely on it; the issuing authority knows why.',
  },
  superseded: {
    zh: '凭证已被新凭证取代。请对方出示新凭证。',
    en: 'The credential was replaced by a newer one. Ask to be shown the newer one.',
  },
  wrong_subject: {
    zh: '凭证上的号牌与所核对的号牌不一致。请核对车辆号牌。',
    en: 'The plate on the credential is not the plate you gave. Check the plate on the vehicle.',
  },
  state_red: {
    zh: '凭证真实，但驾驶证状态异常。请向签发机关核实。',
    en: 'The credential is genuine, but the licence is not in order. Ask the issuing authority.',
  },
  status_stale: {
    zh: '凭证真实，但本机的撤销名单已超过一天。请联网更新后再核对一次。',
    en: 'The credential is genuine, but the withdrawal list here is over a day old. Connect and check once more.',
  },
};

/** The sentence of each hint. */
export const HINT_SENTENCES: Record<Hint, Text> = {
  compare_plate: {
    zh: '请核对凭证号牌与车辆号牌是否一致。',
    en: 'Compare the plate here with the plate on the vehicle.',
  },
  foreign_host: {
    zh: '二维码中的网址不是本系统的网址；结果只依据签名，请勿打开该网址。',
    en: 'The address in the code is not ours; the verdict rests on the signature alone. Do not open that address.',
  },
  clock_unconfirmed: {
    zh: '本机时间未经网络校准；动态码的时间按较宽的限度判断。',
    en: 'The clock of this device was not confirmed, so the live code was allowed a little more time.',
  },
};

/** The sentence of a report. */
export function sentenceOf(report: Pick<Report, 'reason'>): Text {
  return report.reason === null ? VALID_SENTENCE : REASON_SENTENCES[report.reason];
}

/** How old the data behind an answer are, said in words. */
export function ageSentence(status: StatusAge | null): Text {
  if (status === null) return { zh: '没有撤销名单', en: 'No withdrawal list at hand' };
  const { zh, en } = duration(status.age_s);
  return { zh: `撤销名单更新于${zh}前`, en: `Withdrawal list updated ${en} ago` };
}

function duration(seconds: number): Text {
  const steps: readonly [number, string, string][] = [
    [86400, '天', 'day'],
    [3600, '小时', 'hour'],
    [60, '分钟', 'minute'],
  ];
  for (const [size, zh, en] of steps) {
    const count = Math.floor(seconds / size);
    if (count >= 1) return { zh: `${count} ${zh}`, en: `${count} ${en}${count === 1 ? '' : 's'}` };
  }
  return { zh: '不到 1 分钟', en: 'less than a minute' };
}
