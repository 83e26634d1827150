import type { Clause, Text } from '@/api/types';

/** The clauses the mock's cases rest on, in our own short wording. */
const OPINION: Omit<Clause, 'id' | 'text'> = {
  title: { zh: '2022 年车检改革意见', en: 'Inspection reform opinion of 2022' },
  source: '四部门 2022-09-20',
  in_force_from: '2022-10-01',
};
const REGULATION: Omit<Clause, 'id' | 'text'> = {
  title: { zh: '道路交通安全法实施条例 第十六条', en: 'Road Traffic Safety Regulation, art. 16' },
  source: '国务院令第 405 号',
  in_force_from: '2004-05-01',
};

interface Law {
  explanation(age: number): Text;
  clause: Clause;
}
const REFORM_TEXT: Text = {
  zh: '非营运小微型载客汽车（九座含以下，面包车除外）自注册登记起第 6 年、第 10 年上线检验，其间每 2 年申领检验标志；超过 10 年的每年检验 1 次。',
  en: 'Non-operating small passenger cars of up to nine seats, vans excepted, are inspected in years 6 and 10; in between the mark is applied for every two years; after year 10 they are inspected every year.',
};

export const CLAUSES = {
  exempt: {
    explanation: (age) => ({
      zh: `自注册登记起第 ${age} 年，属于免上线检验的年份，只需申领检验标志。`,
      en: `Year ${age} since registration is exempt from inspection: only the mark has to be applied for.`,
    }),
    clause: { ...OPINION, id: 'P2022', text: REFORM_TEXT },
  },
  sixth: {
    explanation: (age) => ({
      zh: `自注册登记起第 ${age} 年，须上线检验。`,
      en: `In year ${age} since registration the vehicle has to be inspected.`,
    }),
    clause: { ...OPINION, id: 'P2022', text: REFORM_TEXT },
  },
  motorcycle: {
    explanation: (age) => ({
      zh: `摩托车自注册登记起第 ${age} 年，免上线检验，只需申领检验标志。`,
      en: `A motorcycle in year ${age} is exempt: only the mark has to be applied for.`,
    }),
    clause: {
      ...OPINION,
      id: 'P2022-m',
      text: {
        zh: '摩托车自注册登记起第 6 年、第 10 年上线检验，其间每 2 年申领检验标志。',
        en: 'Motorcycles are inspected in years 6 and 10; in between the mark is applied for every two years.',
      },
    },
  },
  goods: {
    explanation: () => ({
      zh: '载货汽车 10 年以内每年检验 1 次。',
      en: 'Goods vehicles of up to ten years are inspected every year.',
    }),
    clause: {
      ...REGULATION,
      id: 'L2-16-2',
      text: {
        zh: '载货汽车和大型、中型非营运载客汽车 10 年以内每年检验 1 次；超过 10 年的，每 6 个月检验 1 次。',
        en: 'Goods vehicles and large or medium non-operating passenger vehicles: every year up to ten years, every six months after.',
      },
    },
  },
  operating: {
    explanation: () => ({
      zh: '营运载客汽车 5 年以内每年检验 1 次。',
      en: 'Operating passenger vehicles of up to five years are inspected every year.',
    }),
    clause: {
      ...REGULATION,
      id: 'L2-16-1',
      text: {
        zh: '营运载客汽车 5 年以内每年检验 1 次；超过 5 年的，每 6 个月检验 1 次。',
        en: 'Operating passenger vehicles: every year up to five years, every six months after.',
      },
    },
  },
  other: {
    explanation: () => ({
      zh: '这类车辆每年检验 1 次。',
      en: 'Vehicles of this kind are inspected every year.',
    }),
    clause: {
      ...REGULATION,
      id: 'L2-16-5',
      text: {
        zh: '拖拉机和其他机动车每年检验 1 次。',
        en: 'Tractors and other motor vehicles are inspected every year.',
      },
    },
  },
} satisfies Record<string, Law>;

export const REASONS = {
  stolen: { zh: '车辆已报被盗抢', en: 'The vehicle was reported stolen' },
  transferred: { zh: '车辆已过户', en: 'The vehicle was transferred' },
  renewed: { zh: '已签发新标志', en: 'A newer mark was issued' },
  deregistered: { zh: '车辆已注销登记', en: 'Registration was cancelled' },
} satisfies Record<string, Text>;

export const STATUS_NAMES: Readonly<Record<string, Text>> = {
  A: { zh: '正常', en: 'Normal' },
  C: { zh: '被盗抢', en: 'Stolen' },
  E: { zh: '注销', en: 'Cancelled' },
  G: { zh: '违法未处理', en: 'Violations open' },
  Q: { zh: '逾期未检验', en: 'Inspection overdue' },
};
