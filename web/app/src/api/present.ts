import { fetchRaw, RequestFailed } from './client';

export type PaperSize = 'a4' | 'card';

/** Larger than any PDF of ours: what comes in its stead is not kept in memory. */
const MAX_PDF_BYTES = 8 * 1024 * 1024;

/** A mark as a PDF in true size; made anew each time and never kept. */
export async function getMarkPdf(id: string, size: PaperSize, lang: 'zh' | 'en'): Promise<Blob> {
  let answer: Response;
  try {
    answer = await fetchRaw(`/api/v1/citizen/marks/${id}/print.pdf?size=${size}&lang=${lang}`, {
      cache: 'no-store',
      credentials: 'same-origin',
    });
  } catch (cause) {
    throw new RequestFailed('offline', null, cause instanceof Error ? cause.message : 'no connection');
  }
  const type = answer.headers.get('content-type') ?? '';
  if (!answer.ok || !type.startsWith('application/pdf')) {
    throw new RequestFailed(answer.status === 401 ? 'signed_out' : 'server', null, `HTTP ${answer.status}`);
  }
  const pdf = await answer.blob();
  if (pdf.size > MAX_PDF_BYTES) throw new RequestFailed('server', null, 'a PDF beyond all measure');
  return pdf;
}
