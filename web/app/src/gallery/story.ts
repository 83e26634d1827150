import type { Component } from 'vue';

type Props = Record<string, unknown>;

/** One state of a component. */
export interface State {
  /** What it shows, in a few words: `loading`, `off-line`, `two open violations`. */
  name: string;
  /** What it is given; a function when it has to be asked of the mock back end first. */
  props?: Props | (() => Props | Promise<Props>);
  /** Text of the default slot. */
  slot?: string;
  /** Whose session it is drawn in. */
  person?: string;
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
