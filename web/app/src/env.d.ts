/// <reference types="vite/client" />
/// <reference types="vite-plugin-pwa/client" />

declare module 'virtual:divisions' {
  /** Provinces and prefectures in force: code → [name, English name]. */
  export const places: Readonly<Record<string, readonly [string, string]>>;
}

declare module 'virtual:roadside' {
  import type { AdviceRow } from '@/officer/advise';
  import type { Procedure } from '@/officer/types';
  /** The rows of `crates/domain/data/roadside/advice.toml`, in their order, each with its clause. */
  export const advice: readonly AdviceRow[];
  /** The rows of `procedures.toml`. */
  export const procedures: readonly Procedure[];
}

declare module 'virtual:accident' {
  import type { AccidentTable } from '@/accident/table';
  /** `crates/domain/data/accident/gates.json`. */
  export const table: AccidentTable;
}
