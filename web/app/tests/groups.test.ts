import { describe, expect, it } from 'vitest';
import type { DemoPerson } from '@/api/types';
import { groupOf } from '@/welcome-groups';

const person = (name: string, words: string): DemoPerson => ({
  id: '1',
  role: 'citizen',
  name: { zh: name, en: name },
  case: { zh: words, en: words },
  vehicles: [],
});

describe('the sign-in list', () => {
  it.each([
    ['林月到', '轿车本月到期，需要上线检验', 'todo'],
    ['陈免检', '六年内免检，申领窗口已开', 'todo'],
    ['孙失窃', '车辆被盗，标志已暂停', 'stopped'],
    ['梁买车', '买了二手车，新号牌新标志，检验日期不变', 'stopped'],
    ['冯电动', '小型新能源汽车，绿牌', 'kinds'],
    ['杜无车', '名下没有机动车', 'kinds'],
    ['尤满分', '一个周期记满十二分，须参加满分教育', 'licences'],
    ['金新手', '领证三个月，仍在实习期', 'licences'],
    ['施待审', '刚拍的照片正在审核', 'licences'],
    ['虚构晨光出租汽车有限公司', '出租车公司：一辆本月到期，一辆被暂扣', 'units'],
    ['虚构国驻华使馆', '使馆汽车，黑牌', 'units'],
  ])('%s (%s) stands under %s', (name, words, group) => {
    expect(groupOf(person(name, words))).toBe(group);
  });
});
