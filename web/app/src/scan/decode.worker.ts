import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader';
import wasmUrl from 'zxing-wasm/reader/zxing_reader.wasm?url';

/** A picture to read; `id` comes back with the answer. */
export interface DecodeRequest {
  id: number;
  image: ImageData;
  /** A still picture is worth more time than a frame of the camera. */
  still: boolean;
}
export interface DecodeAnswer {
  id: number;
  text: string | null;
  /** The decoder did not load: the camera is no use, text still is. */
  broken?: boolean;
}

// the module would fetch its wasm from a public host; ours lies beside the app and in its cache
const ready = prepareZXingModule({
  overrides: {
    locateFile: (path: string, prefix: string) => (path.endsWith('.wasm') ? wasmUrl : prefix + path),
  },
  fireImmediately: true,
});

self.onmessage = async ({ data }: MessageEvent<DecodeRequest>) => {
  let answer: DecodeAnswer;
  try {
    await ready;
    const found = await readBarcodes(data.image, {
      formats: ['QRCode'],
      tryHarder: true,
      tryRotate: true,
      tryInvert: false,
      tryDownscale: data.still,
      maxNumberOfSymbols: 1,
    });
    answer = { id: data.id, text: found.find((code) => code.isValid)?.text ?? null };
  } catch {
    answer = { id: data.id, text: null, broken: true };
  }
  self.postMessage(answer);
};
