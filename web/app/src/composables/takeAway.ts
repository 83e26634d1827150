import { onScopeDispose, ref, shallowRef, type Ref } from 'vue';
import { useI18n } from 'vue-i18n';
import { RequestFailed } from '@/api/client';
import { getMarkPdf, type PaperSize } from '@/api/present';
import type { Mark } from '@/api/types';
import { useFormats } from '@/i18n/format';
import { markPicture } from '@/mark/picture';
import { checkingLink, forward, type Shared } from '@/mark/share';
import type { PictureSize } from '@/mark/template';
import { plateText } from '@/plate/layout';
import { nowMs } from './clock';
import { copyText } from './copy';

/** What came of the last thing that was done. */
export type Outcome =
  'saved' | 'savedPdf' | 'shared' | 'linkCopied' | 'linkShown' | 'failedPicture' | 'failedPdf' | 'offlinePdf';

/** What is on the paper that is about to be printed. */
export interface Paper {
  picture: string;
  size: PictureSize;
}

export interface TakeAway {
  busy: Readonly<Ref<boolean>>;
  outcome: Readonly<Ref<Outcome | null>>;
  /** The link, when it has to be copied by hand. */
  link: Readonly<Ref<string>>;
  paper: Readonly<Ref<Paper | null>>;
  download(): Promise<void>;
  downloadPdf(size: PaperSize): Promise<void>;
  print(size: PaperSize): Promise<void>;
  share(): Promise<void>;
  copyLink(): Promise<void>;
}

/** How long the browser may take to take a download over. */
const HAND_OVER_MS = 60_000;
/** A picture says when it was made: an older one is drawn again. */
const SAME_PICTURE_MS = 60_000;

function save(file: Blob, name: string): void {
  const anchor = document.createElement('a');
  anchor.href = URL.createObjectURL(file);
  anchor.download = name;
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(anchor.href), HAND_OVER_MS);
}

/** Downloading, printing and forwarding a mark. */
export function useTakeAway(mark: () => Mark, demo: () => boolean): TakeAway {
  const { t } = useI18n();
  const { day, instant, locale } = useFormats();
  const busy = ref(false);
  const outcome = ref<Outcome | null>(null);
  const link = ref('');
  const paper = shallowRef<Paper | null>(null);
  let made: { size: PictureSize; at: number; blob: Blob } | null = null;

  /** Drawn again only when it says another minute: a second tap on "forward" must not wait for it. */
  async function picture(size: PictureSize): Promise<Blob> {
    const now = nowMs();
    if (made === null || made.size !== size || now - made.at > SAME_PICTURE_MS) {
      made = { size, at: now, blob: await markPicture(mark(), { size, demo: demo(), now }) };
    }
    return made.blob;
  }
  const nameOf = (ending: string): string => `luzheng-${mark().plate_number}-${mark().valid_until}.${ending}`;

  async function attempt(failure: Outcome, work: () => Promise<Outcome | null>): Promise<void> {
    if (busy.value) return;
    busy.value = true;
    outcome.value = null;
    try {
      outcome.value = await work();
    } catch (reason) {
      const offline = reason instanceof RequestFailed && reason.kind === 'offline';
      outcome.value = offline && failure === 'failedPdf' ? 'offlinePdf' : failure;
    } finally {
      busy.value = false;
    }
  }

  const download = (): Promise<void> =>
    attempt('failedPicture', async () => {
      save(await picture('sheet'), nameOf('png'));
      return 'saved';
    });
  const downloadPdf = (size: PaperSize): Promise<void> =>
    attempt('failedPdf', async () => {
      save(await getMarkPdf(mark().id, size, locale.value === 'zh-CN' ? 'zh' : 'en'), nameOf('pdf'));
      return 'savedPdf';
    });
  const print = (size: PaperSize): Promise<void> =>
    attempt('failedPicture', async () => {
      const drawn: PictureSize = size === 'a4' ? 'sheet' : 'card';
      drop();
      const url = URL.createObjectURL(await picture(drawn));
      paper.value = { picture: url, size: drawn };
      await loaded(url);
      window.print();
      return null;
    });

  const words = (): string =>
    [
      t('present.shareKind'),
      t('present.sharePlate', { plate: plateText(mark().plate_number) }),
      t('present.shareValid', { day: day(mark().last_day) }),
      t('present.shareMade', { when: instant(nowMs()) }),
      t('present.shareCheck', { link: checkingLink(mark().code ?? '', location.origin) }),
      ...(demo() ? [t('present.shareDemo')] : []),
    ].join('\n');

  const SAID: Readonly<Record<Shared, Outcome | null>> = {
    shared: 'shared',
    closed: null,
    copied: 'linkCopied',
    show: 'linkShown',
  };
  const share = (): Promise<void> =>
    attempt('failedPicture', async () => {
      const file = new File([await picture('sheet')], nameOf('png'), { type: 'image/png' });
      link.value = checkingLink(mark().code ?? '', location.origin);
      const title = t('present.shareTitle', { plate: plateText(mark().plate_number) });
      return SAID[await forward(navigator, { file, title, text: words(), link: link.value }, copyText)];
    });
  const copyLink = (): Promise<void> =>
    attempt('linkShown', async () => {
      link.value = checkingLink(mark().code ?? '', location.origin);
      return (await copyText(link.value)) ? 'linkCopied' : 'linkShown';
    });

  function drop(): void {
    if (paper.value) URL.revokeObjectURL(paper.value.picture);
    paper.value = null;
  }
  onScopeDispose(drop);
  return { busy, outcome, link, paper, download, downloadPdf, print, share, copyLink };
}

/** A print does not wait for pictures. */
async function loaded(url: string): Promise<void> {
  const image = new Image();
  image.src = url;
  await image.decode();
}
