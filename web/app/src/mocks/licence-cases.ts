import type { LicenceState } from '@/api/licence';
import type { Text } from '@/api/types';

/** One driver of the mock, from whom the whole licence is made. */
export interface DriverCase {
  /** The person who signs in. */
  person: string;
  nameZh: string;
  nameEn: string;
  words: Text;
  female: boolean;
  birth: string;
  classes: string;
  /** Years since the first issue; the cycle began this many days ago. */
  years: number;
  cycleDay: number;
  /** Days until the validity ends; null for long-term. */
  validDays: number | null;
  letters: string;
  /** Penalty decisions: points, days ago, carried from the last cycle. */
  entries: { item: keyof typeof OFFENCES; points: number; daysAgo: number; carried?: boolean }[];
  past?: number[];
  credential?: 'none' | 'current' | 'withdrawn';
  photo?: boolean;
  boundElsewhere?: boolean;
  practiceDays?: number;
  /** How an application of theirs stands when the mock begins. */
  application?: 'waiting' | 'rejected';
}

export const OFFENCES = {
  red: { zh: '驾驶机动车不按交通信号灯通行', en: 'Driving through a red light' },
  phone: { zh: '驾驶时拨打接听手持电话', en: 'Using a hand-held phone while driving' },
  belt: { zh: '驾驶机动车在道路上行驶时未系安全带', en: 'No seat belt at the wheel' },
  speed: { zh: '超过规定时速 20% 以上未达到 50%', en: 'Speeding by 20 % to less than 50 %' },
  drink: { zh: '饮酒后驾驶机动车', en: 'Driving after drinking' },
  crossing: { zh: '遇行人通过人行横道未停车让行', en: 'Not stopping for a person on a crossing' },
} as const satisfies Record<string, Text>;

const driver = {
  female: false,
  birth: '1985-06-15',
  classes: 'C1',
  years: 8,
  cycleDay: 140,
  validDays: 900,
  letters: 'A',
  entries: [],
};

export const DRIVERS: readonly DriverCase[] = [
  {
    ...driver,
    person: 'd-normal',
    nameZh: '林致远',
    nameEn: 'Lin Zhiyuan',
    words: { zh: '驾驶证正常，记 3 分', en: 'Licence in order, 3 points' },
    classes: 'C1D',
    entries: [{ item: 'phone', points: 3, daysAgo: 60 }],
    past: [0, 6],
  },
  {
    ...driver,
    person: 'd-nine',
    nameZh: '何晓琳',
    nameEn: 'He Xiaolin',
    words: { zh: '已记 9 分，其中一条从上一周期转入', en: '9 points, one entry carried from the last cycle' },
    female: true,
    birth: '1991-02-28',
    letters: 'H',
    entries: [
      { item: 'speed', points: 3, daysAgo: 200, carried: true },
      { item: 'red', points: 6, daysAgo: 33 },
    ],
    past: [3, 0],
  },
  {
    ...driver,
    person: 'd-full',
    nameZh: '高满分',
    nameEn: 'Gao Manfen',
    words: { zh: '超分，记满 12 分，红码', en: 'Over points: 12 are full, red code' },
    letters: 'BU',
    entries: [
      { item: 'crossing', points: 3, daysAgo: 120 },
      { item: 'red', points: 6, daysAgo: 80 },
      { item: 'phone', points: 3, daysAgo: 12 },
    ],
    past: [12, 0],
  },
  {
    ...driver,
    person: 'd-suspended',
    nameZh: '罗暂扣',
    nameEn: 'Luo Zankou',
    words: { zh: '驾驶证被暂扣，红码', en: 'Licence suspended: red code' },
    letters: 'D',
    entries: [{ item: 'belt', points: 1, daysAgo: 90 }],
  },
  {
    ...driver,
    person: 'd-overdue',
    nameZh: '梁逾期',
    nameEn: 'Liang Yuqi',
    words: { zh: '驾驶证逾期未换证，红码', en: 'Licence run out, not renewed: red code' },
    birth: '1968-03-04',
    validDays: -40,
    letters: 'M',
  },
  {
    ...driver,
    person: 'd-stopped',
    nameZh: '宋停用',
    nameEn: 'Song Tingyong',
    words: { zh: '驾驶证被公告停止使用', en: 'Licence announced out of use' },
    letters: 'J',
    entries: [{ item: 'drink', points: 12, daysAgo: 100 }],
  },
  {
    ...driver,
    person: 'd-withdrawn',
    nameZh: '唐吊销',
    nameEn: 'Tang Diaoxiao',
    words: { zh: '驾驶证被吊销，不再显示', en: 'Licence revoked: no longer displayed' },
    letters: 'F',
    credential: 'withdrawn',
  },
  {
    ...driver,
    person: 'd-none',
    nameZh: '许未领',
    nameEn: 'Xu Weiling',
    words: { zh: '还没有申领电子驾驶证', en: 'No electronic licence applied for yet' },
    female: true,
    birth: '2004-09-30',
    classes: 'C2',
    years: 0,
    credential: 'none',
    practiceDays: 120,
  },
  {
    ...driver,
    person: 'd-take',
    nameZh: '吕拍照',
    nameEn: 'Lü Paizhao',
    words: { zh: '没有存档照片，申领要先拍照', en: 'No stored photo: one has to be taken to apply' },
    credential: 'none',
    photo: false,
  },
  {
    ...driver,
    person: 'd-waiting',
    nameZh: '施待审',
    nameEn: 'Shi Daishen',
    words: { zh: '刚拍的照片正在审核', en: 'The photo just taken waits for review' },
    credential: 'none',
    photo: false,
    application: 'waiting',
  },
  {
    ...driver,
    person: 'd-rejected',
    nameZh: '张重拍',
    nameEn: 'Zhang Chongpai',
    words: { zh: '照片未通过审核，须重拍', en: 'The photo was refused and has to be taken again' },
    credential: 'none',
    photo: false,
    application: 'rejected',
  },
  {
    ...driver,
    person: 'd-photo',
    nameZh: '欧阳·买买提江',
    nameEn: 'Ouyang Maimaitijiang',
    words: { zh: '长期有效，车型很多，存在另一部手机', en: 'Long-term, many classes, kept on another phone' },
    birth: '1955-01-09',
    classes: 'A1A2DM',
    years: 30,
    validDays: null,
    photo: false,
    boundElsewhere: true,
    past: [0, 0, 1],
  },
];

export const STATE: Readonly<Record<string, { state: LicenceState; text: Text }>> = {
  A: { state: 'normal', text: { zh: '正常', en: 'In order' } },
  H: { state: 'normal', text: { zh: '违法未处理', en: 'Open offence' } },
  B: { state: 'red', text: { zh: '超分', en: 'Over points' } },
  D: { state: 'red', text: { zh: '暂扣', en: 'Suspended' } },
  M: { state: 'red', text: { zh: '逾期未换证', en: 'Not renewed' } },
  J: { state: 'invalid', text: { zh: '停止使用', en: 'Out of use' } },
  F: { state: 'withdrawn', text: { zh: '吊销', en: 'Revoked' } },
};

export const LETTERS: Readonly<Record<string, { name: Text; meaning: Text; cleared_by: Text }>> = {
  A: {
    name: { zh: '正常', en: 'In order' },
    meaning: { zh: '没有未办结的事项。', en: 'Nothing is outstanding.' },
    cleared_by: { zh: '不用办理。', en: 'Nothing to do.' },
  },
  H: {
    name: { zh: '违法未处理', en: 'Open offence' },
    meaning: { zh: '有交通违法没有处理。', en: 'A traffic offence has not been dealt with.' },
    cleared_by: { zh: '处理完违法后自动恢复。', en: 'Ends by itself once it is dealt with.' },
  },
  B: {
    name: { zh: '超分', en: 'Over points' },
    meaning: {
      zh: '一个记分周期内累积记分达到 12 分，不能驾驶机动车。',
      en: '12 points or more in one cycle: no driving.',
    },
    cleared_by: {
      zh: '参加满分教育并考试合格、缴清罚款。',
      en: 'The full-points course, its test passed, and fines paid.',
    },
  },
  U: {
    name: { zh: '扣留', en: 'Held' },
    meaning: { zh: '驾驶证被公安机关扣留。', en: 'The licence is held by the police.' },
    cleared_by: { zh: '发还后自动恢复。', en: 'Ends when it is returned.' },
  },
  D: {
    name: { zh: '暂扣', en: 'Suspended' },
    meaning: {
      zh: '受到暂扣驾驶证的处罚，期内不能驾驶机动车。',
      en: 'Suspended as a penalty: no driving in its term.',
    },
    cleared_by: { zh: '暂扣期满后发还。', en: 'Returned when the term is over.' },
  },
  M: {
    name: { zh: '逾期未换证', en: 'Not renewed' },
    meaning: { zh: '超过有效期没有换证，不能驾驶机动车。', en: 'Run out and not renewed: no driving.' },
    cleared_by: { zh: '一年内办理期满换证即可恢复。', en: 'Renewal within a year restores it.' },
  },
  J: {
    name: { zh: '停止使用', en: 'Out of use' },
    meaning: {
      zh: '记满分后没有参加教育，被公告停止使用。',
      en: 'Announced out of use: the full-points course was not attended.',
    },
    cleared_by: { zh: '完成满分教育和考试。', en: 'Completing the course and its test.' },
  },
  F: {
    name: { zh: '吊销', en: 'Revoked' },
    meaning: { zh: '驾驶证已被吊销。', en: 'The licence was revoked.' },
    cleared_by: { zh: '禁驾期满后重新申请。', en: 'A new application after the bar has ended.' },
  },
};
