/** Verifies Luzheng road credentials off-line: in a browser, a worker, or Node. */
export { type Evidence, type Question, verify } from './verify.js';
export {
  CHECKS,
  type Check,
  type CheckName,
  type CredentialSummary,
  type Hint,
  type Reason,
  type Report,
  type StatusAge,
  VERDICT_OF_REASON,
  type Verdict,
} from './report.js';
export { MAX_MESSAGE, MAX_TEXT, compactText, decodeText, primaryText } from './text.js';
export { Roots, TrustError, type TrustFault, type TrustKey, TrustList } from './trust.js';
export {
  NO_STATUS,
  StatusBook,
  StatusError,
  type StatusFault,
  StatusList,
  type StatusAnswer,
  type StatusSource,
  type StatusValue,
  freshest,
  openStatusCwt,
  openStatusJwt,
} from './status.js';
export {
  HINT_SENTENCES,
  REASON_SENTENCES,
  type Text,
  VALID_SENTENCE,
  VERDICT_TITLES,
  ageSentence,
  sentenceOf,
} from './sentences.js';
export { MemoryStorage, StatusStore, type Storage, TrustStore, openToken } from './stores.js';
