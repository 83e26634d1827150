import type zh from '../zh-CN/unit';

/** English words of units. */
const unit: typeof zh = {
  unit: {
    title: 'Units',
    oneTitle: 'Unit',
    empty: 'You act for no unit',
    emptyText:
      'A unit is first filed at the counter of the vehicle office, with its credit code. Then its administrator adds you.',
    number: 'Credit code',
    role: 'You are',
    vehicles: 'one vehicle | {n} vehicles',
    limits: 'A unit has at most {members} people; one person acts for at most {units} units.',
    members: 'People',
    membersCount: '{n} of {max}',
    since: 'since {day}',
    add: 'Add an operator',
    addText:
      "Operators can show the marks of the unit's vehicles and apply for marks. They need Luzheng with a confirmed identity.",
    send: 'Add',
    sending: 'Adding',
    added: '{name} was added.',
    full: 'The unit is full. Remove somebody first.',
    remove: 'Remove',
    removeAsk: 'Remove {name}?',
    removeText: "They will no longer see the unit's vehicles or act for it, from this moment.",
    removeYes: 'Remove',
    removeNo: 'Keep',
    list: 'Vehicles',
    search: 'Find a plate',
    none: 'No plate like this',
    noVehicles: 'The unit has no vehicle.',
    more: 'Show more',
    loadingMore: 'Loading',
    shown: '{n} of {all} shown',
    notFound: 'There is no such unit',
    notFoundText: 'You may no longer belong to it.',
  },
  plateKeys: {
    label: 'Plate keys',
    provinces: 'First the province',
    letters: 'Then letters and digits',
    erase: 'Erase',
    done: 'Done',
    hint: 'Use the keys below, or type',
  },
};
export default unit;
