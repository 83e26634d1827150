import { beforeEach, describe, expect, it } from 'vitest';
import { VERDICT_OF_REASON, type Reason } from '@luzheng/verify';
import {
  accidentCodeText,
  accidentRecordOfText,
  MAX_ACCIDENT_CODE,
  CIRCUMSTANCES,
  examineAccident,
  readOffer,
  readStatement,
} from '@luzheng/verify/accident';
import {
  answerCode,
  closeCode,
  mayISign,
  offerCode,
  otherSide,
  signAlone,
  takeCode,
} from '@/accident/exchange';
import { dropAccident, keepAccident, keptAccidents } from '@/accident/kept';
import { making, progress, startOver, stepBefore, WAY, type Making } from '@/accident/state';
import { findingFor, guidanceFor, questionOf } from '@/accident/table';
import { symbolOf, MAX_CLOSE_VERSION } from '@/qr/symbol';

/** Two phones in one test: what one is making is put aside while it is the other one's turn. */
class Phone {
  private held: Making | null = null;
  async use<T>(work: () => Promise<T> | T): Promise<T> {
    if (this.held) Object.assign(making, structuredClone(this.held));
    else startOver();
    const done = await work();
    this.held = JSON.parse(JSON.stringify(making)) as Making;
    return done;
  }
}

function begin(role: 'first' | 'second', plate: string): void {
  making.role = role;
  Object.assign(making.party, { plate, plateType: '02', insurer: '某某财险' });
  Object.assign(making.facts, { placeText: '人民路', responsibility: 'full' });
}

let a: Phone;
let b: Phone;
beforeEach(() => {
  startOver();
  a = new Phone();
  b = new Phone();
});

async function offered(): Promise<string> {
  return a.use(() => {
    begin('first', '苏A11111');
    making.step = 'show-offer';
    return offerCode();
  });
}
async function answered(offer: string): Promise<string> {
  return b.use(async () => {
    begin('second', '苏B22222');
    making.step = 'scan-offer';
    expect(await takeCode(offer)).toBeNull();
    making.seen.plate = 'same';
    making.step = 'show-answer';
    return answerCode();
  });
}

describe('the exchange', () => {
  it('makes one record on both phones in three codes', async () => {
    const offer = await offered();
    const answer = await answered(offer);
    const close = await a.use(async () => {
      making.step = 'scan-answer';
      expect(await takeCode(answer)).toBeNull();
      expect(otherSide()?.party.plate).toBe('苏B22222');
      making.step = 'show-close';
      const code = await closeCode();
      // shown again it is the same, and the key is gone
      expect(await closeCode()).toBe(code);
      expect(making.key).toBeNull();
      return code;
    });
    const texts = [
      await a.use(() => making.text),
      await b.use(async () => {
        making.step = 'scan-close';
        expect(await takeCode(close)).toBeNull();
        return making.text;
      }),
    ];
    expect(texts[0]).toBe(texts[1]);
    const bytes = accidentRecordOfText(texts[0] ?? '') ?? new Uint8Array();
    expect((await examineAccident(bytes, Date.now() / 1000)).verdict).toBe('complete');
    for (const code of [offer, answer, close])
      expect(symbolOf(code, MAX_CLOSE_VERSION).version).toBeLessThanOrEqual(MAX_CLOSE_VERSION);
  });

  it('fits a symbol that a phone reads off another, at its largest', () => {
    const versionOf = (bytes: number): number =>
      symbolOf(
        accidentCodeText('verify.luzheng.example.gov.cn', new Uint8Array(bytes).fill(255)),
        MAX_CLOSE_VERSION,
      ).version;
    expect(versionOf(MAX_ACCIDENT_CODE)).toBeLessThanOrEqual(MAX_CLOSE_VERSION);
    // facts alone, with a mark, with mark and licence: what is usual
    expect([250, 420, 700].map(versionOf)).toEqual([12, 17, 22]);
  });

  it('finds the offer that was answered among those shown meanwhile', async () => {
    const offer = await offered();
    const answer = await answered(offer);
    await a.use(async () => {
      await offerCode();
      await offerCode();
      making.step = 'scan-answer';
      expect(await takeCode(answer)).toBeNull();
      expect(making.answered?.said).toBe(making.shown[0]?.said);
    });
  });

  it('refuses what belongs elsewhere, and says why', async () => {
    const offer = await offered();
    const answer = await answered(offer);
    await a.use(async () => {
      making.step = 'scan-answer';
      expect(await takeCode(offer)).toBe('other_step');
      expect(await takeCode('LZ1:BB8')).toBe('not_ours');
      expect(await takeCode(answer.slice(0, -3))).toBe('not_ours');
      making.step = 'scan-offer';
      expect(await takeCode(offer)).toBe('own_code');
    });
    const other = new Phone();
    await other.use(async () => {
      begin('first', '苏C33333');
      making.step = 'show-offer';
      await offerCode();
      making.step = 'scan-answer';
      expect(await takeCode(answer)).toBe('other_record');
      expect(making.other).toBeNull();
    });
  });

  it('keeps what one signed alone as one-sided, and never over what both signed', async () => {
    await a.use(async () => {
      begin('first', '苏A11111');
      await signAlone();
    });
    const [alone] = await keptAccidents();
    expect(alone).toMatchObject({ complete: false, plates: ['苏A11111'] });
    const complete = { id: 'x', happenedAt: 1, plates: [], complete: true, text: 'LZA1:AA' };
    await keepAccident(complete);
    await keepAccident({ ...complete, complete: false, text: 'LZA1:BB' });
    expect((await keptAccidents()).find(({ id }) => id === 'x')?.text).toBe('LZA1:AA');
    for (let n = 0; n < 30; n++) await keepAccident({ ...complete, id: `n${n}` });
    expect((await keptAccidents()).length).toBe(20);
    await dropAccident('n29');
    expect((await keptAccidents()).some(({ id }) => id === 'n29')).toBe(false);
  });

  it('lets nobody sign against the law', async () => {
    const offer = await offered();
    await b.use(async () => {
      begin('second', '苏B22222');
      making.step = 'scan-offer';
      await takeCode(offer);
      expect(mayISign()).toEqual({ ok: true, path: 'settle' });
      making.found = ['no_mark'];
      expect(mayISign()).toEqual({ ok: false, path: 'move_then_call' });
      making.declared = ['injured'];
      expect(mayISign()).toEqual({ ok: false, path: 'call_and_stay' });
    });
    await a.use(() => {
      making.facts.responsibility = 'undecided';
      making.declared = ['hit_facility'];
      expect(mayISign()).toEqual({ ok: true, path: 'move_then_call' });
    });
  });

  it('says nothing in a code that the person did not put there', async () => {
    await a.use(async () => {
      begin('first', '苏A11111');
      await offerCode();
      const said = making.shown.at(-1)?.said ?? '';
      const bytes = Uint8Array.from(atob(said.replace(/-/g, '+').replace(/_/g, '/')), (c) => c.charCodeAt(0));
      const { party } = readOffer(bytes);
      expect(party).toMatchObject({ mark: null, licence: null, policy: null, contact: null });
      expect(() => readStatement(bytes)).toThrow();
    });
  });
});

describe('the way', () => {
  it('goes back a step at a time, and not behind a signature of both', () => {
    making.role = 'first';
    making.step = 'gates';
    expect(stepBefore()).toBe('start');
    making.step = 'where';
    expect(stepBefore()).toBe('vehicle');
    expect(progress()).toEqual({ n: 4, of: 10 });
    making.step = 'show-close';
    expect(stepBefore()).toBeNull();
    making.step = 'refused';
    expect(stepBefore()).toBe('review');
    for (const way of Object.values(WAY)) expect(new Set(way).size).toBe(way.length);
  });
});

describe('the law in words', () => {
  it('has steps and a clause for every way, and a question for every circumstance', () => {
    for (const [code] of CIRCUMSTANCES) {
      expect(questionOf(code).zh).not.toBe('');
      const guidance = guidanceFor([code]);
      expect(guidance.steps.length).toBeGreaterThan(2);
      expect(guidance.clause.text.zh).not.toBe('');
      expect(guidance.why).toEqual([questionOf(code)]);
    }
    expect(guidanceFor([]).path).toBe('settle');
  });

  it('steers out of settling for an expired, withdrawn or foreign mark, and accuses nobody of what cannot be told', () => {
    const of = (reason: Reason | null) => findingFor('inspection_mark', reason);
    for (const reason of ['expired', 'revoked', 'suspended', 'wrong_subject'] as const) {
      expect(of(reason).circumstance, reason).toBe('no_mark');
      expect(of(reason).text.zh, reason).toMatch(/报警|没有检验标志/);
    }
    const untold = (Object.keys(VERDICT_OF_REASON) as Reason[]).filter((reason) =>
      ['cannot_tell', 'unreadable'].includes(VERDICT_OF_REASON[reason]),
    );
    expect(untold.length).toBeGreaterThan(5);
    for (const reason of untold) {
      expect(of(reason).circumstance, reason).toBeNull();
      expect(of(reason).text.zh, reason).toMatch(/不说明对方有问题/);
      expect(of(reason).text.zh, reason).not.toMatch(/吊销|失效|过期/);
    }
    expect(of(null).text.zh).toMatch(/交强险/);
  });
});
