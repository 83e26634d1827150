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

/** The texts of the QR symbols in a grey picture, one byte a pixel. */
export async function readLuma(luma: Uint8Array, width: number, height: number): Promise<string[]> {
  const data = new Uint8ClampedArray(width * height * 4).fill(255);
  for (let i = 0; i < luma.length; i++) data.fill(luma[i] ?? 0, 4 * i, 4 * i + 3);
  const found = await readBarcodes({ data, width, height, colorSpace: 'srgb' } as ImageData, {
    formats: ['QRCode'],
  });
  return found.map(({ text }) => text);
}

/** A symbol as rows of modules, dark is true, without quiet zone. */
export async function modulesOf(text: string): Promise<readonly (readonly boolean[])[]> {
  const { symbol } = await writeBarcode(text, { format: 'QRCode', options: 'ecLevel=M' });
  return Array.from({ length: symbol.height }, (_, y) =>
    Array.from({ length: symbol.width }, (_, x) => symbol.data[y * symbol.width + x] === 0),
  );
}
