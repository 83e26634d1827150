/** A code as an officer's device sees it by itself. */
import { verifyAsOfficer, type SealedState } from '@luzheng/verify/officer';
import type { Report, StatusSource } from '@luzheng/verify';
import { atHand } from '@/verifier/service';
import { openPacks } from '@/verifier/pack';
import { readerKeys } from './reader-keys';
import type { Opened } from './types';

/** What the device says at once. */
export interface Seen {
  report: Report;
  /** The code carries a sealed part. */
  sealed: boolean;
}

/** Judges a code with what is carried. Nothing of it is noted anywhere: it is what every passer-by may do. */
export async function see(code: string, plate?: string): Promise<Seen> {
  await openPacks();
  const { report, sealed } = await verifyAsOfficer(code, await atHand(plate), new Map());
  return { report, sealed: sealed !== 'none' };
}

/** What came of opening a sealed part. */
export interface OpenedHere {
  state: SealedState;
  opened: Opened | null;
  /** Where the code's status stands: by that the office finds whose it is. */
  status: { list: number; index: number } | null;
}

/** Opens the sealed part; the caller notes the look before anything of it is shown. */
export async function openSealedPart(code: string): Promise<OpenedHere> {
  const evidence = await atHand();
  let asked: OpenedHere['status'] = null;
  // the verifier itself says where it looks
  const status: StatusSource = {
    lookUp: (list, index) => {
      asked = { list, index };
      return evidence.status.lookUp(list, index);
    },
  };
  const { sealed, opened } = await verifyAsOfficer(code, { ...evidence, status }, await readerKeys());
  return { state: sealed, opened, status: asked };
}
