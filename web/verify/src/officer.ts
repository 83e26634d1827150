/** For officers' readers: the sealed part of live codes, shards of plates, and keys that are wrapped to a device. */
export {
  type Opened,
  type OfficerReport,
  ReaderKey,
  type SealedState,
  openSealed,
  verifyAsOfficer,
} from './sealed.js';
export { MAX_SHARD, type MarkState, type PlateFacts, Shard, type ShardQuestion, openShard } from './shard.js';
export { type AgreementKey, type WrappedReaderKey, unwrapReaderKey } from './reader-key.js';
