/** Packs: all status lists and the trust list in one file, carried along and kept up to date by deltas. */
export { type FileBytes, type BlobLike } from './files.js';
export { type Head, PackError, type PackFault } from './pack-head.js';
export { type ListRow, MAX_PACK, Pack, type PackQuestion, openPack } from './pack.js';
export { MAX_DELTA, applyDelta } from './delta.js';
export { PackStore, type PackStorage, type PackTime } from './pack-store.js';
