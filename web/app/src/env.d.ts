/// <reference types="vite/client" />
/// <reference types="vite-plugin-pwa/client" />

declare module 'virtual:divisions' {
  /** Provinces and prefectures in force: code → [name, English name]. */
  export const places: Readonly<Record<string, readonly [string, string]>>;
}
