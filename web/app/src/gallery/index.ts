import type { Story } from './story';

const files = import.meta.glob<readonly Story[]>('./stories/*.ts', { eager: true, import: 'stories' });

/** Every component with every state, by area. Only the mock build contains it. */
export const areas: readonly { name: string; stories: readonly Story[] }[] = Object.entries(files)
  .map(([path, stories]) => ({ name: path.slice('./stories/'.length, -'.ts'.length), stories }))
  .sort((a, b) => a.name.localeCompare(b.name));
