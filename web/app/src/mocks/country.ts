import type { DemoPerson, PlateColour, StatusLetter, Power, Vehicle, VehicleRelation } from '@/api/types';
import { daysBetween, lastDayOf } from '@/i18n/format';
import { plateTypeColour, plateTypeName } from '@/plate/types';
import { CASES, type Case } from './cases';
import { CLAUSES, REASONS, STATUS_NAMES } from './law';

const person = (
  id: string,
  zh: string,
  en: string,
  caseZh: string,
  caseEn: string,
  vehicles: string[],
): DemoPerson & { own: string[] } => ({
  id,
  role: 'citizen',
  name: { zh, en },
  case: { zh: caseZh, en: caseEn },
  own: vehicles,
  vehicles: CASES.filter((c) => vehicles.includes(c.id)).map((c) => c.plate),
});

/** What each relation lets one do, as the server has it. */
export const POWERS: Readonly<Record<VehicleRelation, Power[]>> = {
  own: ['look', 'see_vin', 'show', 'download', 'print', 'apply', 'paper', 'notices', 'share'],
  unit: ['look', 'see_vin', 'show', 'download', 'print', 'apply', 'paper', 'notices', 'share'],
  managed: ['look', 'see_vin', 'show', 'download', 'print', 'apply', 'paper', 'notices'],
  filed: ['look', 'show', 'download', 'print'],
};

export const PEOPLE = [
  person(
    'p-apply',
    '张建国',
    'Zhang Jianguo',
    '第 4 年，本月到期，申领标志就行，不用上线检验',
    'Year 4, due this month: apply for the mark, no inspection',
    ['v-apply'],
  ),
  person(
    'p-missing',
    '周建业',
    'Zhou Jianye',
    '可以申领了，但有违法没处理、交强险过期',
    'In the window, but violations are open and the insurance has run out',
    ['v-missing'],
  ),
  person(
    'p-inspect',
    '李秀英',
    'Li Xiuying',
    '第 6 年，下月到期，要上线检验',
    'Year 6, due next month: inspection needed',
    ['v-inspect'],
  ),
  person(
    'p-fine',
    '王芳',
    'Wang Fang',
    '新能源车，还早，不用办理',
    'Electric car, nothing to do for a long time',
    ['v-fine'],
  ),
  person('p-overdue', '刘洋', 'Liu Yang', '检验逾期两个月', 'Two months overdue', ['v-overdue']),
  person('p-stolen', '陈静', 'Chen Jing', '车辆被盗抢，标志已暂停', 'Stolen car: the mark is suspended', [
    'v-stolen',
  ]),
  person(
    'p-transferred',
    '赵强',
    'Zhao Qiang',
    '刚过户来的二手车，原标志已撤销',
    'Just bought used: the old mark was revoked',
    ['v-transferred'],
  ),
  person(
    'p-family',
    '杨敏',
    'Yang Min',
    '一家三辆车，其中一辆违法未处理',
    'Three vehicles, one with open violations',
    ['v-family-1', 'v-family-2', 'v-family-3'],
  ),
  person(
    'p-company',
    '燕北物流有限公司',
    'Yanbei Logistics Ltd',
    '货车和挂车，货车本月要检验',
    'Lorry and trailer; the lorry is due this month',
    ['v-truck', 'v-trailer'],
  ),
  person('p-plates', '周𬭎', 'Zhou Hong', '各种号牌', 'Plates of every kind', [
    'v-bus',
    'v-learner',
    'v-police',
    'v-hongkong',
  ]),
  person('p-ended', '吴桂兰', 'Wu Guilan', '车辆已注销登记', 'Registration cancelled', ['v-ended']),
  person('p-empty', '郑浩', 'Zheng Hao', '名下没有车辆', 'No vehicles', []),
];

function addMonths(month: string, n: number): string {
  const [year = 0, number = 1] = month.split('-').map(Number);
  return new Date(Date.UTC(year, number - 1 + n, 1)).toISOString().slice(0, 7);
}

/** The vehicle of a case as it stands today. */
export function vehicleOf(c: Case, today: string): Vehicle {
  const due = addMonths(today.slice(0, 7), c.dueIn);
  const lastDay = lastDayOf(due);
  const opens = `${addMonths(due, -2)}-01`;
  const registered = `${addMonths(due, -12 * c.age)}-12`;
  const colour: PlateColour = plateTypeColour(c.plateType);
  const clause = CLAUSES[c.rule];
  const markState = c.mark ?? 'current';
  const reason = c.reason ? REASONS[c.reason] : null;
  const ended = c.status?.includes('E') ?? false;
  const status: StatusLetter[] = [...(c.status ?? '')].map((letter) => ({
    letter,
    name: STATUS_NAMES[letter] ?? { zh: letter, en: letter },
  }));
  return {
    id: c.id,
    plate_number: c.plate,
    plate_type: c.plateType,
    plate_type_name: plateTypeName(c.plateType),
    plate_colour: colour,
    relation: 'own',
    powers: POWERS.own,
    owner_masked: null,
    unit: null,
    since: null,
    vin: 'LSVHJ133022221761',
    vehicle_type: 'K33',
    vehicle_type_name: c.kind,
    use_nature: 'A',
    use_nature_name: c.use,
    seats: c.seats,
    energy: c.energy,
    registered_on: registered,
    division: c.division,
    division_name: c.place,
    insurance_until: lastDayOf(addMonths(today.slice(0, 7), c.dueIn < 0 ? -1 : 4)),
    status,
    inspection: ended
      ? null
      : {
          state: lastDay < today ? 'overdue' : opens <= today ? 'window_open' : 'not_due',
          action: c.action,
          valid_until: due,
          due,
          last_day: lastDay,
          days_left: daysBetween(today, lastDay),
          window_opens: opens,
          next_valid_until: addMonths(due, c.action === 'apply_mark' || c.age < 10 ? 24 : 12),
          rule: c.rule,
          explanation: clause.explanation(c.age),
          clause: clause.clause,
        },
    mark:
      markState === 'none'
        ? null
        : {
            id: c.id.replace('v-', 'm-'),
            state: markState,
            reason: c.reason ?? null,
            reason_text: reason,
            valid_until: due,
            issued_at: `${addMonths(due, -24)}-08T02:15:00Z`,
          },
    past_marks: (c.past ?? []).map((past, i) => ({
      id: `${c.id}-past-${i}`,
      ended_at: `${addMonths(today.slice(0, 7), -past.monthsAgo)}-17T06:40:00Z`,
      end_reason: past.reason,
      end_reason_text: REASONS[past.reason],
      valid_until: i === 0 ? due : addMonths(due, -24),
    })),
  };
}
