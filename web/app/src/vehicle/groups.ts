import type { Power, Vehicle, VehicleRelation } from '@/api/types';
import { byUrgency } from './advice';

/** Vehicles that stand together: one's own, those managed, each unit's, those filed. */
export interface VehicleGroup {
  /** `own`, `managed`, `filed`, or `unit/ID`. */
  key: string;
  relation: VehicleRelation;
  /** Name of the unit, of a unit's. */
  unit: string | null;
  vehicles: Vehicle[];
}

const ORDER: readonly VehicleRelation[] = ['own', 'managed', 'unit', 'filed'];

/** Whether the person may do something with a vehicle. */
export const may = (vehicle: Vehicle, power: Power): boolean => vehicle.powers.includes(power);

/** The vehicles in their groups, own ones first, and what is urgent first in each. */
export function groupsOf(vehicles: readonly Vehicle[]): VehicleGroup[] {
  const groups = new Map<string, VehicleGroup>();
  for (const vehicle of vehicles) {
    const { relation, unit } = vehicle;
    const key = relation === 'unit' ? `unit/${unit?.id ?? ''}` : relation;
    const group = groups.get(key) ?? { key, relation, unit: unit?.name ?? null, vehicles: [] };
    group.vehicles.push(vehicle);
    groups.set(key, group);
  }
  return [...groups.values()]
    .map((group) => ({ ...group, vehicles: byUrgency(group.vehicles) }))
    .sort(
      (a, b) =>
        ORDER.indexOf(a.relation) - ORDER.indexOf(b.relation) || (a.unit ?? '').localeCompare(b.unit ?? ''),
    );
}

/** Whether applying for the mark is what this vehicle needs next, by somebody who may. */
export const needsMark = (vehicle: Vehicle): boolean =>
  may(vehicle, 'apply') &&
  vehicle.inspection?.action === 'apply_mark' &&
  vehicle.inspection.state !== 'not_due';
