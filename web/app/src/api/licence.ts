/** Answers about a driving licence, its points, due dates and proofs: generated, narrowed as in `types.ts`. */
import type { components } from '@luzheng/api';
import type { CaseView } from './mark-case';
import type { Clause, LiveCode, Narrow, Present } from './types';

export type { CaseAct, CaseView } from './mark-case';

type Schemas = components['schemas'];

/** How a licence stands towards being shown: `red` is shown in red, `invalid` as not valid, `withdrawn` not at all. */
export type LicenceState = 'normal' | 'red' | 'invalid' | 'withdrawn';
export type CodeColour = 'black' | 'red';
/** One letter of the register's state with what it means and how it ends. */
export type LicenceLetter = Present<Schemas['StateView']>;
/** A class (准驾车型) as held. */
export type LicenceClass = Present<Schemas['ClassView']>;
export type LicenceCredential = Narrow<
  Schemas['LicenceCredential'],
  { state: 'none' | 'current' | 'withdrawn' }
>;
/** Whether the electronic licence can be applied for, and what stands in the way. */
export type LicenceApplication = Narrow<Schemas['LicenceApplication'], { open_case: CaseView | null }>;
/** The device that a licence is bound to; `device_key` is the compressed point in base64url. */
export type Holding = Present<Schemas['HoldingView']>;
/** A driving licence on its holder's own screen; `valid_until` null: long-term. */
export type Licence = Narrow<
  Schemas['LicenceView'],
  {
    class_list: LicenceClass[];
    status: LicenceLetter[];
    state: LicenceState;
    colour: CodeColour | null;
    credential: LicenceCredential;
    application: LicenceApplication;
    holding: Holding | null;
  }
>;

/** One decision that entered points. */
export type PointsEntry = Narrow<Schemas['PointsEntryView'], { clause: Clause | null }>;
export type PastCycle = Present<Schemas['PastCycleView']>;
export type Points = Narrow<
  Schemas['PointsView'],
  {
    entries: PointsEntry[];
    past_cycles: PastCycle[];
    full12: Narrow<Schemas['Full12View'], { clause: Clause }> | null;
  }
>;

/** A live code of a licence, with the state as of now. */
export type LicenceLiveCode = LiveCode &
  Narrow<Schemas['LicenceLive'], { state: LicenceState; colour: CodeColour }>;

/** What a licence's device has to sign to be bound. */
export type DeviceChallenge = Present<Schemas['Challenge']>;
export type NewDevice = Schemas['NewDevice'];
/** A licence bound to this device; `message` is null while it is being signed. */
export type Held = Narrow<Schemas['Held'], { state: 'current' | 'red' | 'stopped' }>;

export type Purpose = Schemas['Purpose'];
export type ProofWish = Schemas['NewProof'];
export type Proof = Narrow<Schemas['Proof'], { state: 'open' | 'expired' | 'revoked' }>;
/** A proof with its link, which is told once. */
export type NewProof = Proof & { link: Schemas['ProofLink']['link'] };
/** What the one for whom a proof was made sees. */
export type OpenedProof = Narrow<Schemas['ProofView'], { state: LicenceState; colour: CodeColour | null }>;

/** One date by which something is due. */
export type Deadline = Narrow<
  Schemas['DeadlineView'],
  {
    about: Narrow<Schemas['AboutView'], { kind: 'vehicle' | 'licence' }>;
    state: 'upcoming' | 'open' | 'overdue';
    clause: Clause;
    notices: Present<Schemas['StepView']>[];
  }
>;

/** Where notices go beyond the app. */
export type Channels = Present<Schemas['ChannelsView']>;
export type ChannelWish = Schemas['NewChannels'];
export type PushSubscriptionWish = Schemas['NewSubscription'];
