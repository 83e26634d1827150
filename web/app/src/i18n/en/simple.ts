import type zh from '../zh-CN/simple';

/** English words of the simple mode. */
const simple: typeof zh = {
  simple: {
    title: 'What do you need?',
    home: 'Home',
    mark: 'Show my mark',
    vehicles: '{n} vehicle: choose it | {n} vehicles: choose one',
    licence: 'Show my licence',
    licenceApply: 'Get the licence',
    licenceNone: 'Not there yet',
    scan: 'Check a code',
    scanNote: 'Somebody else’s code',
    due: 'Things to do',
    dueSome: '{n} thing to do | {n} things to do',
    dueNone: 'Nothing to do now',
    setting: 'Display',
    full: 'Full',
    on: 'Simple',
    offer: 'Simple and large',
    offerText: 'Large letters, few buttons',
    leave: 'Back to the full app',
  },
};

export default simple;
