/** An insurer's call, and its answer as the screen uses it: generated types, with what the description leaves optional always there. */
import type { components } from '@luzheng/api';
import type { Narrow, Present } from '@/api/types';
import { askBound } from '@/bound/client';
import type { StateAnswer } from '@/partner/types';

type Schemas = components['schemas'];
export type Credential = Present<Schemas['AccidentCredential']>;
export type SeenThen = Present<Schemas['AccidentSeen']>;
export type PartyExamined = Narrow<
  Schemas['AccidentParty'],
  {
    role: 'first' | 'second';
    mark: Credential | null;
    licence: Credential | null;
    mark_seen: SeenThen | null;
    licence_seen: SeenThen | null;
    plate_seen: 'same' | 'differs' | 'not_compared' | null;
    register: StateAnswer | null;
  }
>;
type RecordExamined = Narrow<Schemas['AccidentRecord'], { parties: PartyExamined[] }>;
export type Examined = Narrow<
  Schemas['AccidentExamined'],
  {
    verdict: 'complete' | 'one_sided' | 'not_genuine' | 'unreadable';
    steps: Present<Schemas['AccidentStep']>[];
    record: RecordExamined | null;
  }
>;

/** Has a record examined; it is not kept. */
export const postAccident = (record: string, purpose: string): Promise<Examined> =>
  askBound('POST', '/api/v1/partner/accidents/verify', { body: { record, purpose } });
