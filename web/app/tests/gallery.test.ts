import { describe, expect, it } from 'vitest';
import { areas } from '@/gallery';

const files = Object.keys(
  import.meta.glob(['../src/{components,apply,filing,markcase,delivery,unit,bound,officer}/*.vue']),
).map((path) => path.slice(path.lastIndexOf('/') + 1, -'.vue'.length));
const stories = areas.flatMap(({ stories: some }) => some);

describe('the gallery', () => {
  it('has every component', () => {
    const shown = new Set(stories.map(({ name }) => name));
    expect(files.length).toBeGreaterThan(45);
    expect(files.filter((name) => !shown.has(name))).toEqual([]);
  });

  it('names each component once, and each of its states once', () => {
    const names = stories.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const { name, states } of stories) {
      expect(states.length, name).toBeGreaterThan(0);
      expect(new Set(states.map((state) => state.name)).size, name).toBe(states.length);
    }
  });
});
