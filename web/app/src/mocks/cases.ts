import type { MarkState, Text } from '@/api/types';
import type { CLAUSES, REASONS } from './law';

/** One case of the mock's country, from which the whole vehicle is made. */
export interface Case {
  id: string;
  plate: string;
  plateType: string;
  kind: Text;
  use: Text;
  seats: number;
  energy: Text | null;
  place: Text;
  division: string;
  /** Months from this month to the month the inspection is valid until. */
  dueIn: number;
  /** Years since registration at the due point. */
  age: number;
  action: 'apply_mark' | 'inspect';
  rule: keyof typeof CLAUSES;
  status?: string;
  mark?: MarkState | 'none';
  reason?: keyof typeof REASONS;
  past?: { reason: keyof typeof REASONS; monthsAgo: number }[];
}

const CAR: Text = { zh: '小型轿车', en: 'Small saloon car' };
const PRIVATE: Text = { zh: '非营运', en: 'Non-operating' };
const GOODS: Text = { zh: '货运', en: 'Goods transport' };
const PETROL: Text = { zh: '汽油', en: 'Petrol' };
const ELECTRIC: Text = { zh: '电', en: 'Electric' };
const DIESEL: Text = { zh: '柴油', en: 'Diesel' };
const WUXI: Text = { zh: '江苏省无锡市', en: 'Wuxi, Jiangsu' };
const car = {
  plateType: '02',
  kind: CAR,
  use: PRIVATE,
  seats: 5,
  energy: PETROL,
  place: WUXI,
  division: '320200',
};

export const CASES: readonly Case[] = [
  { ...car, id: 'v-apply', plate: '苏B7K219', dueIn: 0, age: 4, action: 'apply_mark', rule: 'exempt' },
  {
    ...car,
    id: 'v-missing',
    plate: '湘A6P352',
    place: { zh: '湖南省长沙市', en: 'Changsha, Hunan' },
    division: '430100',
    dueIn: 1,
    age: 2,
    action: 'apply_mark',
    rule: 'exempt',
    status: 'G',
  },
  {
    ...car,
    id: 'v-inspect',
    plate: '京N5F863',
    place: { zh: '北京市', en: 'Beijing' },
    division: '110000',
    dueIn: 1,
    age: 6,
    action: 'inspect',
    rule: 'sixth',
  },
  {
    ...car,
    id: 'v-fine',
    plate: '粤BD12345',
    plateType: '52',
    energy: ELECTRIC,
    place: { zh: '广东省深圳市', en: 'Shenzhen, Guangdong' },
    division: '440300',
    dueIn: 14,
    age: 2,
    action: 'apply_mark',
    rule: 'exempt',
  },
  {
    ...car,
    id: 'v-overdue',
    plate: '川A3M77Q',
    place: { zh: '四川省成都市', en: 'Chengdu, Sichuan' },
    division: '510100',
    dueIn: -2,
    age: 10,
    action: 'inspect',
    rule: 'sixth',
    status: 'Q',
  },
  {
    ...car,
    id: 'v-stolen',
    plate: '鲁A9T051',
    place: { zh: '山东省济南市', en: 'Jinan, Shandong' },
    division: '370100',
    dueIn: 9,
    age: 8,
    action: 'apply_mark',
    rule: 'exempt',
    status: 'C',
    mark: 'suspended',
    reason: 'stolen',
  },
  {
    ...car,
    id: 'v-transferred',
    plate: '浙A6R408',
    place: { zh: '浙江省杭州市', en: 'Hangzhou, Zhejiang' },
    division: '330100',
    dueIn: 7,
    age: 6,
    action: 'inspect',
    rule: 'sixth',
    past: [
      { reason: 'transferred', monthsAgo: 3 },
      { reason: 'renewed', monthsAgo: 17 },
    ],
  },
  {
    ...car,
    id: 'v-family-1',
    plate: '湘B2H960',
    place: { zh: '湖南省株洲市', en: 'Zhuzhou, Hunan' },
    division: '430200',
    dueIn: 5,
    age: 8,
    action: 'apply_mark',
    rule: 'exempt',
    status: 'G',
  },
  {
    ...car,
    id: 'v-family-2',
    plate: '湘BA318K',
    plateType: '07',
    kind: { zh: '普通二轮摩托车', en: 'Motorcycle' },
    seats: 2,
    place: { zh: '湖南省株洲市', en: 'Zhuzhou, Hunan' },
    division: '430200',
    dueIn: 2,
    age: 2,
    action: 'apply_mark',
    rule: 'motorcycle',
  },
  {
    ...car,
    id: 'v-family-3',
    plate: '湘BF90316',
    plateType: '52',
    energy: { zh: '混合动力', en: 'Hybrid' },
    place: { zh: '湖南省株洲市', en: 'Zhuzhou, Hunan' },
    division: '430200',
    dueIn: 23,
    age: 4,
    action: 'apply_mark',
    rule: 'exempt',
    mark: 'issuing',
  },
  {
    ...car,
    id: 'v-truck',
    plate: '冀A8D552',
    plateType: '01',
    kind: { zh: '重型半挂牵引车', en: 'Heavy semi-trailer tractor' },
    use: GOODS,
    seats: 2,
    energy: DIESEL,
    place: { zh: '河北省石家庄市', en: 'Shijiazhuang, Hebei' },
    division: '130100',
    dueIn: 0,
    age: 3,
    action: 'inspect',
    rule: 'goods',
  },
  {
    ...car,
    id: 'v-trailer',
    plate: '冀AF203挂',
    plateType: '15',
    kind: { zh: '重型仓栅式半挂车', en: 'Heavy stake semi-trailer' },
    use: GOODS,
    seats: 0,
    energy: null,
    place: { zh: '河北省石家庄市', en: 'Shijiazhuang, Hebei' },
    division: '130100',
    dueIn: 6,
    age: 3,
    action: 'inspect',
    rule: 'other',
  },
  {
    ...car,
    id: 'v-bus',
    plate: '沪A01234D',
    plateType: '51',
    kind: { zh: '大型普通客车', en: 'Large coach' },
    use: { zh: '公交客运', en: 'City bus' },
    seats: 38,
    energy: ELECTRIC,
    place: { zh: '上海市', en: 'Shanghai' },
    division: '310000',
    dueIn: 4,
    age: 4,
    action: 'inspect',
    rule: 'operating',
  },
  {
    ...car,
    id: 'v-learner',
    plate: '桂A1Y07学',
    plateType: '16',
    use: { zh: '教练', en: 'Training' },
    place: { zh: '广西壮族自治区南宁市', en: 'Nanning, Guangxi' },
    division: '450100',
    dueIn: 8,
    age: 1,
    action: 'inspect',
    rule: 'other',
  },
  {
    ...car,
    id: 'v-police',
    plate: '渝A2608警',
    plateType: '23',
    use: { zh: '警用', en: 'Police' },
    place: { zh: '重庆市', en: 'Chongqing' },
    division: '500000',
    dueIn: 10,
    age: 2,
    action: 'apply_mark',
    rule: 'exempt',
  },
  {
    ...car,
    id: 'v-hongkong',
    plate: '粤Z7C15港',
    plateType: '26',
    place: { zh: '广东省', en: 'Guangdong' },
    division: '440000',
    dueIn: 11,
    age: 4,
    action: 'apply_mark',
    rule: 'exempt',
  },
  {
    ...car,
    id: 'v-ended',
    plate: '黑A4E930',
    place: { zh: '黑龙江省哈尔滨市', en: 'Harbin, Heilongjiang' },
    division: '230100',
    dueIn: 3,
    age: 14,
    action: 'inspect',
    rule: 'sixth',
    status: 'E',
    mark: 'none',
    past: [{ reason: 'deregistered', monthsAgo: 1 }],
  },
];
