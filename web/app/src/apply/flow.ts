import { computed, onScopeDispose, reactive, readonly, ref } from 'vue';
import { RequestFailed } from '@/api/client';
import type { CaseView } from '@/api/licence';
import { nowMs } from '@/composables/clock';
import { sessionEnded } from '@/composables/session';
import { HEAD_BYTES, takenOn } from '@/photo/exif';
import { lookAtPicture, stopLooking } from '@/photo/looking';
import { type Looked, PictureRefused } from '@/photo/studio';
import { postApplication, postPhoto, postResubmit, type Uploaded } from './calls';
import { isRecent, proposedDay, takenJustNow } from './origin';
import { newlyFailed } from './shown';

/** What the application is for. */
export type Aim = { do: 'first' | 'photo_replacement' } | { do: 'resubmit'; case: string };

/** Codes that have words of their own; any other refusal has common ones. */
const CODES = new Set([
  'photo_too_old',
  'photo_refused_before',
  'photo_too_fresh',
  'photo_used',
  'too_many_photos',
  'photo_busy',
  'urgent_once_a_day',
  'case_open',
  'already_issued',
  'counter_only',
  'too_many_submissions',
]);

/** The words under `apply.failed` for what went wrong. */
export function wordsOf(failure: unknown): string {
  if (failure instanceof PictureRefused) return failure.why;
  if (!(failure instanceof RequestFailed)) return 'check';
  if (failure.code !== null && CODES.has(failure.code)) return failure.code;
  if (failure.kind === 'offline' || failure.kind === 'server') return failure.kind;
  return 'refused';
}

/** One photo on its way from the camera to the office. */
interface Draft {
  /** `choose` a picture, the device is `checking` it, `ready` to be sent, `sending`, then `applying`. */
  stage: 'choose' | 'checking' | 'ready' | 'sending' | 'applying';
  looked: Looked | null;
  /** Address of the picture as it would be sent. */
  url: string | null;
  whole: boolean;
  from: 'camera' | 'album';
  takenOn: string;
  urgent: boolean;
  uploaded: Uploaded | null;
  /** The server found more than the device; the person decides with that in view. */
  differs: boolean;
  /** How much of the photo is on its way, 0 to 100. */
  sent: number;
  problem: string | null;
}

/** The steps of an application with a new photo. Nothing leaves the device before {@link send}. */
export function usePhotoFlow(aim: () => Aim) {
  const draft = reactive<Draft>({
    stage: 'choose',
    looked: null,
    url: null,
    whole: false,
    from: 'camera',
    takenOn: '',
    urgent: false,
    uploaded: null,
    differs: false,
    sent: 0,
    problem: null,
  });
  const file = ref<File | null>(null);
  let turn = 0;

  function drop(): void {
    if (draft.url !== null) URL.revokeObjectURL(draft.url);
    Object.assign(draft, { url: null, looked: null, uploaded: null, differs: false, problem: null });
  }

  async function check(whole: boolean): Promise<void> {
    const picture = file.value;
    if (!picture) return;
    const mine = ++turn;
    drop();
    draft.stage = 'checking';
    try {
      const looked = await lookAtPicture(picture, whole);
      if (mine !== turn) return;
      draft.looked = looked;
      draft.url = URL.createObjectURL(looked.photo);
      draft.whole = whole;
      draft.stage = 'ready';
    } catch (failure) {
      if (mine !== turn) return;
      draft.problem = wordsOf(failure);
      draft.stage = 'choose';
    }
  }

  async function choose(picture: File, viaCamera: boolean): Promise<void> {
    file.value = picture;
    draft.from = takenJustNow(viaCamera, picture.lastModified, nowMs()) ? 'camera' : 'album';
    const head = await picture
      .slice(0, HEAD_BYTES)
      .arrayBuffer()
      .catch(() => new ArrayBuffer(0));
    draft.takenOn = proposedDay(takenOn(head), picture.lastModified, nowMs());
    await check(false);
  }

  /** Back to choosing a picture. */
  function again(): void {
    turn += 1;
    drop();
    file.value = null;
    draft.stage = 'choose';
  }

  const refused = computed(
    () =>
      draft.uploaded?.accepted === false ||
      (draft.looked?.findings.some(({ ok, refuses }) => !ok && refuses) ?? false),
  );
  const tooOld = computed(() => draft.from === 'album' && !isRecent(draft.takenOn, nowMs()));

  /** Sends the photo, then the application. Null when the person has something to decide or to put right first. */
  async function send(): Promise<CaseView | null> {
    const { looked } = draft;
    if (!looked || draft.stage !== 'ready' || refused.value || tooOld.value) return null;
    draft.problem = null;
    try {
      if (!draft.uploaded) {
        draft.stage = 'sending';
        draft.sent = 0;
        const day = draft.from === 'album' ? draft.takenOn : null;
        const uploaded = await postPhoto(looked.photo, { from: draft.from, takenOn: day }, (share) => {
          draft.sent = Math.round(share * 100);
        });
        draft.uploaded = uploaded;
        draft.differs = newlyFailed(uploaded.checks, looked.findings).length > 0;
        if (!uploaded.accepted || draft.differs) {
          draft.stage = 'ready';
          return null;
        }
      }
      const { id } = draft.uploaded;
      if (id === null) return null;
      draft.stage = 'applying';
      const to = aim();
      const made =
        to.do === 'resubmit'
          ? await postResubmit(to.case, id)
          : await postApplication({ kind: to.do, photo: id, urgent: draft.urgent });
      return made;
    } catch (failure) {
      await failed(failure);
      return null;
    }
  }

  async function failed(failure: unknown): Promise<void> {
    draft.stage = 'ready';
    draft.problem = wordsOf(failure);
    if (!(failure instanceof RequestFailed)) return;
    if (failure.kind === 'signed_out') await sessionEnded();
    // a photo that was kept too long, or was used, is sent anew
    if (failure.kind === 'not_found' || failure.code === 'photo_used') draft.uploaded = null;
  }

  onScopeDispose(() => {
    turn += 1;
    drop();
    stopLooking();
  });
  return { draft, refused: readonly(refused), tooOld: readonly(tooOld), choose, check, again, send };
}
