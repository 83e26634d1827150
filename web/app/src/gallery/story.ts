import type { Component } from 'vue';

/** One state of a component. */
export interface State {
  /** What it shows, in a few words: `loading`, `off-line`, `two open violations`. */
  name: string;
  props?: Record<string, unknown>;
  /** Text of the default slot. */
  slot?: string;
  /** Run before it is shown: for what a component takes from a composable. */
  before?: () => void | Promise<void>;
}

/** A component with its states. */
export interface Story {
  /** The file's name without `.vue`. */
  name: string;
  component: Component;
  states: readonly State[];
}
