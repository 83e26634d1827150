import type { DemoPerson } from '@/api/types';

/** The sections of the sign-in list, in their order. */
export const GROUPS = ['licences', 'todo', 'stopped', 'kinds', 'units'] as const;
export type Group = (typeof GROUPS)[number];

const UNIT = /(公司|集团|学校|学院|幼儿园|医院|分局|支队|使馆|领事馆|中心|合作社)$/;
/** Words of a driver's case; a vehicle's case names a vehicle, a mark or a plate. */
const LICENCE = /驾驶证|驾照|照片|记分|记满|超分|扣分|准驾|满分|换证|审验|体检|实习期|亮证/;
const STOPPED = /暂停|作废|撤销|报废|注销|转出|恢复|取代|卖出|过户|二手|换号|更换|暂扣|查封|被盗/;
const TODO = /到期|逾期|窗口|复检|交强险|未处理|要上线检验|须上线检验|申领标志/;

/**
 * Where a person stands in the list. The server names no groups, so the words of the case decide;
 * whoever fits nowhere is among the kinds of vehicles, and nobody is ever left out.
 */
export function groupOf(person: DemoPerson): Group {
  if (UNIT.test(person.name.zh)) return 'units';
  if (LICENCE.test(person.case.zh)) return 'licences';
  if (STOPPED.test(person.case.zh)) return 'stopped';
  if (TODO.test(person.case.zh)) return 'todo';
  return 'kinds';
}
