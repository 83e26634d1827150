/** What the mock back end is told to do wrong, to see the screens' other forms: `?fault=slow|server|offline|empty` or the test's own call. */
export type Fault = 'slow' | 'server' | 'offline' | 'empty';

const KEY = 'luzheng.mock.fault';

/** The fault in force. It lasts for the tab. */
export function fault(): Fault | null {
  const asked = new URLSearchParams(location.search).get('fault');
  if (asked !== null) sessionStorage.setItem(KEY, asked);
  const value = sessionStorage.getItem(KEY);
  return value === 'slow' || value === 'server' || value === 'offline' || value === 'empty' ? value : null;
}

/** Lists without items, as a new account has them. */
export function emptied(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('items' in value)) return value;
  return { ...value, items: [] };
}
