import type { MockRoutes } from './registry';

/** A page with one line of text, and nothing else: what a PDF needs at the very least. */
const PDF = `%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>endobj
4 0 obj<</Length 56>>stream
BT /F 24 Tf 72 720 Td (Luzheng mock inspection mark) Tj ET
endstream endobj
5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj
trailer<</Root 1 0 R>>
`;

export const routes: MockRoutes = {
  'GET /api/v1/citizen/marks/{id}/print.pdf': () =>
    new Response(PDF, { headers: { 'content-type': 'application/pdf', 'cache-control': 'no-store' } }),
};
