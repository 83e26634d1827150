/** QR symbols read and written by zxing-cpp (as WebAssembly in Node): not the coder that the app draws with. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { prepareZXingModule, readBarcodes, writeBarcode } from 'zxing-wasm/full';

const wasm = createRequire(import.meta.url).resolve('zxing-wasm/full/zxing_full.wasm');
// without this the library would fetch its module from a public host
prepareZXingModule({ overrides: { wasmBinary: readFileSync(wasm).buffer as ArrayBuffer } });

/** The texts of the QR symbols in a picture. */
export async function readQr(picture: Uint8Array): Promise<string[]> {
  const found = await readBarcodes(new Uint8Array(picture), { formats: ['QRCode'], tryHarder: true });
  return found.map(({ text }) => text);
}

/** A symbol as rows of modules, dark is true, without quiet zone. */
export async function modulesOf(text: string): Promise<readonly (readonly boolean[])[]> {
  const { symbol } = await writeBarcode(text, { format: 'QRCode', ecLevel: 'M' });
  return Array.from({ length: symbol.height }, (_, y) =>
    Array.from({ length: symbol.width }, (_, x) => symbol.data[y * symbol.width + x] === 0),
  );
}
