/** A code as an officer's device sees it by itself. */
import { verifyAsOfficer, type SealedState } from '@luzheng/verify/officer';
import type { Report } from '@luzheng/verify';
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

/** Opens the sealed part; the caller has noted the look before. */
export async function openSealedPart(code: string): Promise<{ state: SealedState; opened: Opened | null }> {
  const { sealed, opened } = await verifyAsOfficer(code, await atHand(), await readerKeys());
  return { state: sealed, opened };
}
