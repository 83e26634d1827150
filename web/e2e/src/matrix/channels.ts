/** The channels of the matrix: the same question, asked the way each kind of checker asks it. */
import type { Browser, Page } from 'playwright-core';
import { settled, visit } from '../browser.ts';
import type { Published } from '../codes.ts';
import { enrol, officer, onDuty, scan } from '../officer.ts';

/** What a channel said. */
export interface Said {
  readonly verdict: string;
  readonly reason: string | null;
  readonly hints: readonly string[];
}

/** One question. */
export interface Question {
  readonly code: string;
  readonly plate?: string | undefined;
  /** Seconds from now at which it is judged, with the data of now. */
  readonly later: number;
}

/** A way to ask. */
export interface Channel {
  readonly name: string;
  ask(question: Question): Promise<Said>;
  close(): Promise<void>;
}

/** Whether two spellings are one plate, as somebody who looks at the car sees it. */
const same = (one: string, other: string): boolean =>
  one.toUpperCase().replace('·', '') === other.toUpperCase().replace('·', '');

const instant = (later: number): string => new Date(Date.now() + later * 1000).toISOString();

function said(report: unknown): Said {
  const { verdict, reason, hints } = report as Said;
  return { verdict, reason, hints };
}

/** `luzheng verify` with what was published as files, and nothing else. */
export function commandLine(published: Published, host: string): Channel {
  return {
    name: 'command line',
    ask: async ({ code, plate, later }) => {
      const args = plate === undefined ? [] : ['--plate', plate];
      if (later !== 0) args.push('--at', instant(later));
      return said((await published.verify(...args, '--host', host, '--', code)).report);
    },
    close: async () => undefined,
  };
}

/** `POST /api/v1/verify`. */
export function api(origin: string): Channel {
  return {
    name: 'API',
    ask: async ({ code, plate, later }) => {
      const body = {
        code,
        ...(plate !== undefined && { expected_plate: plate }),
        ...(later !== 0 && { at: instant(later) }),
      };
      const answer = await fetch(`${origin}/api/v1/verify`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      if (answer.status !== 200) throw new Error(`POST /api/v1/verify: ${answer.status}`);
      return said(await answer.json());
    },
    close: async () => undefined,
  };
}

/** An officer's device with the radio off: what it carries judges, whatever the time. */
export async function officerOffline(browser: Browser, origin: string, plate: string): Promise<Channel> {
  const { context, page } = await visit(browser, origin);
  await enrol(page, await officer(context));
  await settled(page);
  // the pack of the nation is fetched with the first province
  await page.getByTestId('tab-sync').click();
  await page.locator('[data-province="32"] [data-testid=pack-fetch]').click();
  await page.getByTestId('shard-forget').waitFor();
  await page.close();
  await context.setOffline(true);
  let tab: Page | null = null;
  /** A page on duty; one whose clock is right is kept from question to question. */
  const opened = async (later: number): Promise<Page> => {
    const fresh = await context.newPage();
    if (later !== 0) await fresh.clock.install({ time: Date.now() + later * 1000 });
    await onDuty(fresh);
    return fresh;
  };
  return {
    name: 'officer off-line',
    ask: async (question) => {
      const own = question.later !== 0;
      const on = own ? await opened(question.later) : (tab ??= await opened(0));
      await scan(on, question.code);
      if (question.plate !== undefined && (await on.getByTestId('plate-ask').count()) > 0) {
        const seen = same(question.plate, plate) ? 'plate-same' : 'plate-other';
        await on.getByTestId(seen).click();
        await on.getByTestId('plate-ask').waitFor({ state: 'detached' });
      }
      const result = on.getByTestId('scan-result');
      const answer = {
        verdict: (await result.getAttribute('data-verdict')) ?? '',
        reason: (await result.getAttribute('data-reason')) || null,
        hints: ((await result.getAttribute('data-hints')) ?? '').split(' ').filter(Boolean),
      };
      if (own) await on.close();
      else await on.getByTestId('scan-next').click();
      return answer;
    },
    close: () => context.close(),
  };
}

/** The app of a stranger: the page that a camera opens, or the field for pasted text; the checker answers what it asks about the plate. */
export async function app(
  browser: Browser,
  origin: string,
  proper: { code: string; plate: string },
): Promise<Channel> {
  const { context, page } = await visit(browser, origin);
  await page.goto('/scan');
  await settled(page);
  // one look with a network is what makes a phone ready for none
  await page.goto(`/V#${proper.code.split('#')[1]}`);
  await page.locator('[data-testid=verdict][data-verdict=valid]').waitFor();
  return {
    name: 'app',
    ask: async ({ code, plate, later }) => {
      await context.setOffline(later !== 0);
      const tab = await context.newPage();
      if (later !== 0) await tab.clock.install({ time: Date.now() + later * 1000 });
      await tab.goto('/scan');
      await tab.getByTestId('paste').click();
      await tab.getByTestId('paste-text').fill(code);
      await tab.getByTestId('paste-go').click();
      const panel = tab.getByTestId('verdict');
      await panel.waitFor();
      const hints = await tab
        .locator('[data-testid^=hint-]')
        .evaluateAll((all) => all.map((one) => one.getAttribute('data-testid')?.slice('hint-'.length) ?? ''));
      if ((await tab.getByTestId('compare').count()) > 0) {
        if (plate === undefined) hints.push('compare_plate');
        else if (same(plate, proper.plate)) await tab.getByTestId('same-plate').click();
        else {
          await tab.getByTestId('other-plate').click();
          await tab.locator('[data-testid=verdict][data-reason=wrong_subject]').waitFor();
        }
      }
      const answer = {
        verdict: (await panel.getAttribute('data-verdict')) ?? '',
        reason: (await panel.getAttribute('data-reason')) || null,
        hints,
      };
      await tab.close();
      await context.setOffline(false);
      return answer;
    },
    close: () => context.close(),
  };
}
