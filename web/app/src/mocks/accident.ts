/** What the mock back end finds in an accident record: what it proves by the page's own examination, and a fictional register. */
import {
  type AccidentForm,
  type AccidentPartyView,
  type Circumstance,
  type Impact,
  type Weather,
  accidentRecordOfText,
  examineAccident,
} from '@luzheng/verify/accident';
import type { Examined } from '@/accident/examined';
import { guidanceFor, questionOf, wordOf } from '@/accident/table';
import type { Text } from '@/api/types';
import { i18n } from '@/i18n';

const same = (text: string): Text => ({ zh: text, en: text });
const WORDS: Readonly<Record<Examined['verdict'], Text>> = {
  complete: { zh: '双方都签了名，内容没有改动。', en: 'Both parties signed it, and nothing was changed.' },
  one_sided: { zh: '只有一方签了名，不能证明对方同意。', en: 'One party alone signed it.' },
  not_genuine: { zh: '记录被改动过，不能采信。', en: 'The record was changed: do not rely on it.' },
  unreadable: { zh: '不是事故记录，或者文件不完整。', en: 'Not an accident record, or not a whole one.' },
};
const STEPS: Readonly<Record<string, Text>> = {
  size: { zh: '长度', en: 'size' },
  form: { zh: '格式', en: 'form' },
  keys: { zh: '双方的密钥', en: 'the parties’ keys' },
  record: { zh: '同一份记录', en: 'one record' },
  first_signature: { zh: '填写方的签名', en: 'signature of the party that filled it in' },
  first_content: { zh: '填写方签的是这份内容', en: 'the first party signed this content' },
  second_signature: { zh: '应答方的签名', en: 'signature of the party that answered' },
  second_content: { zh: '应答方签的是这份内容', en: 'the second party signed this content' },
};
const at = (seconds: number): string => new Date(seconds * 1000).toISOString();

function party(it: AccidentPartyView): NonNullable<Examined['record']>['parties'][number] {
  return {
    ...it,
    impact: { code: it.impact, text: wordOf('impact', it.impact as Impact) },
    responsibility: { code: it.responsibility, text: wordOf('responsibility', it.responsibility) },
    circumstances: it.circumstances.map((code) => ({ code, text: questionOf(code) })),
    made_at: at(it.made_at),
    signed_at: it.signed_at === null ? null : at(it.signed_at),
    mark: it.mark_shown
      ? {
          genuine: true,
          reason: null,
          kind: 'inspection_mark',
          mode: 'static',
          subject: it.plate_number,
          class: it.plate_type,
          valid_until: '2027-05',
          in_validity: true,
        }
      : null,
    licence: null,
    register: null,
  };
}

/** The answer about a record's text; null when it is none. */
export async function examinedBy(text: string): Promise<Examined | null> {
  const bytes = accidentRecordOfText(text);
  if (bytes === null) return null;
  const found = await examineAccident(bytes, Math.floor(Date.now() / 1000));
  const record = found.record;
  const circumstances = (record?.parties ?? []).flatMap((it): readonly Circumstance[] => it.circumstances);
  return {
    verdict: found.verdict,
    reason: found.reason,
    text: WORDS[found.verdict],
    steps: found.steps.map(({ name, ok, detail }) => ({
      name,
      ok,
      detail: detail ?? null,
      text: STEPS[name] ?? same(name),
    })),
    contradictions: found.contradictions.map((code) => ({
      code,
      text: {
        zh: i18n.global.t(`accident.record.${code}`, {}, { locale: 'zh-CN' }),
        en: i18n.global.t(`accident.record.${code}`, {}, { locale: 'en' }),
      },
    })),
    record: record && {
      id: record.id,
      happened_at: at(record.happened_at),
      place: record.place && {
        lat: record.place[0] / 100_000,
        lon: record.place[1] / 100_000,
        accuracy_m: record.place[2],
      },
      place_text: record.place_text,
      form: { code: record.form, text: wordOf('form', record.form as AccidentForm) },
      weather: { code: record.weather, text: wordOf('weather', record.weather as Weather) },
      path: { code: record.path, text: guidanceFor(circumstances).title },
      parties: record.parties.map(party),
    },
    checked_at: at(Date.now() / 1000),
  };
}
