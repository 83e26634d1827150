/** Tables of codes in, tables of verdicts out: RFC 4180, as spreadsheets write and read it. */
import type { CodeToCheck } from './types';

/** Most codes in one go: what the server takes. */
export const MAX_CODES = 10_000;
/** Largest file that is read, in bytes. */
export const MAX_FILE = 12 * 1024 * 1024;
/** Longest id and plate that the server takes, in characters. */
const MAX_ID = 64;
const MAX_PLATE = 32;

/** Names of columns, in lower case and without blanks. */
const COLUMNS = {
  code: ['code', '码', '二维码', '查验码', '凭证码', 'text', 'qr'],
  id: ['id', '编号', '序号', '案件号', 'case', 'reference'],
  expected_plate: ['plate', 'expected_plate', '号牌', '号牌号码', '车牌', '车牌号'],
} as const;

/** What was read: codes, or why not. */
export type Read =
  { items: CodeToCheck[]; problem: null } | { items: null; problem: 'empty' | 'too_many' | 'no_code_column' };

/** The cells of a table. Quoted cells may hold separators and line ends; a tab or a semicolon separates as well. */
export function cells(text: string): string[][] {
  const plain = text.replace(/^\uFEFF/, '');
  const head = plain.slice(0, plain.search(/\r?\n|$/));
  const separator = ['\t', ';', ','].find((one) => head.includes(one)) ?? ',';
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = '';
  let quoted = false;
  const endRow = (): void => {
    row.push(cell);
    if (row.some((one) => one.trim() !== '')) rows.push(row);
    row = [];
    cell = '';
  };
  for (let i = 0; i < plain.length; i += 1) {
    const at = plain[i];
    if (quoted) {
      if (at !== '"') cell += at;
      else if (plain[i + 1] === '"') {
        cell += '"';
        i += 1;
      } else quoted = false;
    } else if (at === '"' && cell.trim() === '') {
      quoted = true;
      cell = '';
    } else if (at === separator) {
      row.push(cell);
      cell = '';
    } else if (at === '\n') endRow();
    else if (at !== '\r') cell += at;
    // one more than can be taken is enough to know
    if (rows.length > MAX_CODES + 1) return rows;
  }
  endRow();
  return rows;
}

function columnOf(names: readonly string[], head: readonly string[]): number {
  return head.findIndex((cell) => names.includes(cell.trim().toLowerCase().replace(/\s+/g, '')));
}

/** Codes from pasted lines or a table. Without a head the first column that looks like a code is it. */
export function readCodes(text: string): Read {
  const rows = cells(text);
  const [first] = rows;
  if (!first) return { items: null, problem: 'empty' };
  let code = columnOf(COLUMNS.code, first);
  const headed = code >= 0;
  const id = headed ? columnOf(COLUMNS.id, first) : -1;
  const plate = headed ? columnOf(COLUMNS.expected_plate, first) : -1;
  // a table with several columns and no names for them: only a code is as long as this
  if (!headed) code = first.length === 1 ? 0 : first.findIndex((cell) => cell.trim().length > 40);
  if (code < 0) return { items: null, problem: 'no_code_column' };
  const items = rows.slice(headed ? 1 : 0).flatMap((row): CodeToCheck[] => {
    const at = (column: number): string => (column < 0 ? '' : (row[column] ?? '').trim());
    if (at(code) === '') return [];
    return [
      {
        code: at(code),
        ...(at(id) ? { id: at(id).slice(0, MAX_ID) } : {}),
        ...(at(plate) ? { expected_plate: at(plate).slice(0, MAX_PLATE) } : {}),
      },
    ];
  });
  if (items.length === 0) return { items: null, problem: 'empty' };
  return items.length > MAX_CODES ? { items: null, problem: 'too_many' } : { items, problem: null };
}

/** A cell that no spreadsheet takes for a formula. */
function safe(cell: string): string {
  const plain = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}

/** A table as text, with the mark by which spreadsheets know that it is UTF-8. */
export function writeTable(rows: readonly (readonly string[])[]): string {
  return `\uFEFF${rows.map((row) => row.map(safe).join(',')).join('\r\n')}\r\n`;
}
