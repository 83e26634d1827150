/** What the page of the parity test runs: `web/verify`, as a browser gets it. Bundled by esbuild, never imported here. */
import {
  Roots,
  StatusBook,
  StatusError,
  type StatusList,
  TrustError,
  TrustList,
  openToken,
  verify,
} from '@luzheng/verify';

/** One vector as the page gets it: the files themselves instead of their names. */
export interface Asked {
  readonly text: string;
  readonly now: number;
  readonly clockConfirmed: boolean;
  readonly expectedPlate: string | null;
  readonly ourHosts: readonly string[];
  readonly roots: string;
  readonly trust: string | null;
  readonly knownSeq: number;
  /** JWT text, or CWT as its bytes. */
  readonly status: readonly (string | readonly number[])[];
}

const opened = new Map<string, Promise<unknown>>();

function once<T>(name: string, open: () => Promise<T>): Promise<T> {
  const opening = (opened.get(name) as Promise<T> | undefined) ?? open();
  opened.set(name, opening);
  return opening;
}

function orNull(error: unknown): null {
  if (error instanceof TrustError || error instanceof StatusError) return null;
  throw error;
}

async function judge(asked: Asked): Promise<unknown> {
  const { trust: json } = asked;
  const trust =
    json === null
      ? null
      : await once(`${asked.roots} ${asked.knownSeq} ${json}`, async () =>
          TrustList.open(json, await Roots.parse(asked.roots), asked.knownSeq).catch(orNull),
        );
  const status = new StatusBook();
  for (const token of trust === null ? [] : asked.status) {
    const list: StatusList | null = await once(`${json} ${token}`, () =>
      openToken(typeof token === 'string' ? token : Uint8Array.from(token), trust as TrustList).catch(orNull),
    );
    if (list !== null) status.take(list);
  }
  const question = {
    now: asked.now,
    clockConfirmed: asked.clockConfirmed,
    expectedPlate: asked.expectedPlate ?? undefined,
    ourHosts: asked.ourHosts,
  };
  return verify(asked.text, { trust, status, question });
}

Object.assign(globalThis, { judge });
