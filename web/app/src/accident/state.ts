/** Where somebody stands in making an accident record; survives a reload in the vault, or in memory while there is none. */
import { reactive, watch } from 'vue';
import type {
  AccidentForm,
  AccidentPlace,
  AccidentRole,
  Circumstance,
  Impact,
  PlateSeen,
  Responsibility,
  SeenCode,
  Weather,
} from '@luzheng/verify/accident';
import { forget, keep, recall } from '@/storage/db';
import { nowMs } from '@/composables/clock';

/** The screens, each with one thing to do. */
export type Step =
  | 'start'
  | 'gates'
  | 'photos'
  | 'vehicle'
  | 'where'
  | 'how'
  | 'share'
  | 'show-offer'
  | 'scan-answer'
  | 'scan-offer'
  | 'review'
  | 'show-answer'
  | 'scan-close'
  | 'show-close'
  | 'refused'
  | 'done';

/** The way of each party, in order. */
export const WAY: Readonly<Record<AccidentRole, readonly Step[]>> = {
  first: [
    'gates',
    'photos',
    'vehicle',
    'where',
    'how',
    'share',
    'show-offer',
    'scan-answer',
    'review',
    'show-close',
    'done',
  ],
  second: ['gates', 'scan-offer', 'review', 'vehicle', 'show-answer', 'scan-close', 'done'],
};

/** What one party shows the other, as base64url: what it says, and its signature where it has signed. */
export interface Shown {
  said: string;
  signed: string | null;
}

/** Everything about a record in the making. */
export interface Making {
  role: AccidentRole | null;
  step: Step;
  /** What this party said is the case, and what it found out about the other one. */
  declared: Circumstance[];
  found: Circumstance[];
  /** Whether this party said that nothing of the list applies. */
  asked: boolean;
  party: {
    plate: string;
    plateType: string;
    impact: Impact;
    /** The mark's message in base64url. */
    mark: string | null;
    withLicence: boolean;
    insurer: string;
    policy: string;
    contact: string;
  };
  facts: {
    happenedAt: number;
    place: AccidentPlace | null;
    placeText: string;
    form: AccidentForm;
    weather: Weather;
    responsibility: Responsibility | null;
  };
  /** The record's name, and the key made for it (PKCS #8 and point), in base64url. */
  record: string | null;
  key: { pkcs8: string; point: string } | null;
  /** What this phone has shown: offers or answers, the newest last. */
  shown: Shown[];
  /** What the other phone showed, and what of ours it belongs to. */
  other: Shown | null;
  answered: Shown | null;
  seen: { mark: SeenCode | null; licence: SeenCode | null; plate: PlateSeen };
  /** The last code, once it was made: it is signed once. */
  closed: string | null;
  /** The record's text, as soon as anybody has signed. */
  text: string | null;
}

const SHELF = 'device';
const DRAFT = 'accident-draft';
/** A record that was left for longer than this is begun anew. */
const DRAFT_MS = 12 * 3_600_000;

function blank(): Making {
  return {
    role: null,
    step: 'start',
    declared: [],
    found: [],
    asked: false,
    party: {
      plate: '',
      plateType: '02',
      impact: 'front',
      mark: null,
      withLicence: true,
      insurer: '',
      policy: '',
      contact: '',
    },
    facts: {
      happenedAt: Math.floor(nowMs() / 60_000) * 60,
      place: null,
      placeText: '',
      form: 'rear_end',
      weather: 'clear',
      responsibility: null,
    },
    record: null,
    key: null,
    shown: [],
    other: null,
    answered: null,
    seen: { mark: null, licence: null, plate: 'not_compared' },
    closed: null,
    text: null,
  };
}

/** The record in the making; one at a time. */
export const making = reactive<Making>(blank());

let restored: Promise<void> | null = null;
/** Takes up what was left, once. */
export function restoreMaking(): Promise<void> {
  restored ??= recall<Making>(SHELF, DRAFT).then((kept) => {
    const fresh = kept !== null && nowMs() - kept.saved_at < DRAFT_MS;
    if (fresh && making.step === 'start') Object.assign(making, kept.value);
  });
  return restored;
}

/** Keeps what is being made, from now on, whenever it changes. */
export function keepMaking(): () => void {
  return watch(
    making,
    () => {
      if (making.step !== 'start') void keep(SHELF, DRAFT, making, nowMs());
    },
    { deep: true },
  );
}

/** Begins anew: the key of a record is forgotten with it. */
export function startOver(): void {
  Object.assign(making, blank());
  void forget(SHELF, DRAFT);
}

/** The step before, as the person sees it; null where there is no way back. */
export function stepBefore(): Step | null {
  const way = making.role === null ? [] : WAY[making.role];
  const at = way.indexOf(making.step);
  // what both have signed is not gone back on
  if (making.step === 'done' || making.step === 'show-close') return null;
  if (making.step === 'refused') return 'review';
  return at <= 0 ? 'start' : (way[at - 1] ?? 'start');
}

/** How far somebody is: steps done and steps in all. */
export function progress(): { n: number; of: number } | null {
  if (making.role === null) return null;
  const way = WAY[making.role];
  const at = way.indexOf(making.step);
  return at < 0 || making.step === 'done' ? null : { n: at + 1, of: way.length - 1 };
}
