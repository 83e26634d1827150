import 'fake-indexeddb/auto';
import { beforeEach, describe, expect, it } from 'vitest';
import { nextTick } from 'vue';
import { useDraft } from '@/composables/draft';
import { forgetAll, recall } from '@/storage/db';

interface Form {
  name: string;
  of: { city: string };
}
const blank = (): Form => ({ name: '', of: { city: '' } });

/** A draft that has been looked for. */
async function opened(name = 'form') {
  const draft = useDraft<Form>(name, blank);
  await expect.poll(() => draft.ready.value).toBe(true);
  return draft;
}
const keptName = async (name: string): Promise<string | undefined> =>
  (await recall<{ value: Form }>('answers', `draft/${name}`))?.value.value.name;

beforeEach(() => forgetAll('answers'));

describe('a draft', () => {
  it('begins blank, and is there again for who comes back', async () => {
    const first = await opened();
    expect(first.restored.value).toBe(false);
    first.value.name = '杨敏';
    first.value.of.city = '无锡';
    await nextTick();
    await expect.poll(() => keptName('form')).toBe('杨敏');
    const second = await opened();
    expect(second.restored.value).toBe(true);
    expect(second.value).toEqual({ name: '杨敏', of: { city: '无锡' } });
  });

  it('gives the same key for the same body, also after a reload, and another one for another body', async () => {
    const first = await opened();
    first.value.name = 'a';
    const key = await first.keyFor({ name: 'a' });
    expect(key).toMatch(/^[0-9a-f]{32}$/);
    expect(await first.keyFor({ name: 'a' })).toBe(key);
    const second = await opened();
    expect(await second.keyFor({ name: 'a' })).toBe(key);
    const other = await second.keyFor({ name: 'b' });
    expect(other).not.toBe(key);
    expect(await second.keyFor({ name: 'b' })).toBe(other);
  });

  it('is gone once it was dropped, whatever is written after', async () => {
    const first = await opened();
    await first.keyFor({ name: 'a' });
    expect(await keptName('form')).toBe('');
    await first.drop();
    first.value.name = 'late';
    await nextTick();
    await first.keyFor({ name: 'late' });
    expect(await keptName('form')).toBeUndefined();
    expect((await opened()).restored.value).toBe(false);
  });

  it('is one for each name', async () => {
    const first = await opened('one');
    first.value.name = 'a';
    await first.keyFor({});
    expect((await opened('two')).restored.value).toBe(false);
    expect((await opened('one')).value.name).toBe('a');
  });
});
