/**
 * The server's answers as the desk uses them: generated from its OpenAPI description; optional fields are always
 * there (the server writes `null`), and codes are the closed sets that its documentation names.
 */
import type { components } from '@luzheng/api';

type Schemas = components['schemas'];
/** Fields that the description calls optional, as they arrive: present, perhaps `null`. */
type Present<T> = { [K in keyof T]-?: Exclude<T[K], undefined> };
/** `T` with some fields of a narrower type. */
type Narrow<T, N> = Omit<Present<T>, keyof N> & N;

/** A text in both languages. */
export type Text = Schemas['Text'];
/** Who is signed in. */
export type Me = Pick<Present<Schemas['Me']>, 'id' | 'role' | 'name'>;
/** A person of the demonstration. */
export type SignIn = Present<Schemas['SignIn']>;
/** One rule of the photo, as the server measured it. */
export type Check = Present<Schemas['CheckView']>;
/** A photo to be decided. */
export type Review = Narrow<
  Schemas['ReviewView'],
  { look: 'first' | 'second'; decided: 'approved' | 'rejected' | null; checks: Check[] }
>;
/** The queue as a whole. */
export type Queue = Narrow<Schemas['QueueView'], { mine: Review[] }>;
/** What can be done with a paper mark. */
export type PaperStep = 'produced' | 'dispatched' | 'ready' | 'delivered' | 'collected' | 'returned';
export type PaperState = PaperStep | 'ordered' | 'cancelled';
/** A paper mark on its way. */
export type PaperOrder = Narrow<
  Schemas['PaperOrder'],
  { way: 'post' | 'pickup'; state: PaperState; next: PaperStep[] }
>;
export type PaperPage = Narrow<Schemas['PaperPage'], { items: PaperOrder[] }>;
export type StepBody = Schemas['StepBody'];
/** A code for the counter, told once. */
export type CounterCode = Present<Schemas['CounterCodeMade']>;
export type CounterPerson = Schemas['CounterPerson'];
export type NewUnit = Schemas['NewUnit'];
export type UnitFiled = Present<Schemas['UnitFiled']>;
export type Barred = Present<Schemas['BarView']>;
/** What the watch over checks raised, and what staff found. */
export type FlagState = 'open' | 'settled';
export type Outcome = 'copied' | 'nothing' | 'handed_on';
export type Flag = Present<Schemas['FlagView']>;
export type FlagPage = Narrow<Schemas['FlagPage'], { items: Flag[] }>;
/** What something may be looked up for. */
export type LookPurpose = Present<Schemas['PurposeView']>;
/** A credential with its history. */
export type CredentialSeen = Present<Schemas['CredentialView']>;
/** A reason from the list. */
export type Reason = Present<Schemas['ReasonView']>;
