import type { Word } from './glance';
import type { ProcedureCode } from './types';

/** What the officer meets that has a written way to go. */
export interface Occasion {
  word: Word | null;
  /** A code was scanned; otherwise nothing was shown. */
  scanned: boolean;
  offline: boolean;
}

/** The procedures that fit, the nearest first; that nobody's phone is taken fits always. */
export function proceduresFor({ word, scanned, offline }: Occasion): ProcedureCode[] {
  const found: ProcedureCode[] = [];
  switch (word) {
    case 'overdue':
    case 'maybe_overdue':
    case 'expired':
      found.push('overdue');
      break;
    case 'wrong_plate':
    case 'wrong_person':
    case 'not_genuine':
    case 'unknown_issuer':
    case 'replayed':
      found.push('suspected_copy');
      break;
    case 'no_driving':
    case 'not_usable':
    case 'not_carried':
    case 'check_state':
      found.push('seized_licence');
      break;
    case 'unreadable':
      found.push('code_unreadable', 'flat_battery');
      break;
    default:
      break;
  }
  if (offline || word === 'cannot_tell') found.push('no_network');
  if (!scanned) found.push('flat_battery', 'paper_only', 'code_unreadable');
  found.push('never_take_phone');
  return [...new Set(found)];
}
