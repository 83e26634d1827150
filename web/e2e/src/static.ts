/** A server of a few files on a loopback port: a secure context without anything else. */
import http from 'node:http';
import type { AddressInfo } from 'node:net';

export interface StaticServer {
  readonly origin: string;
  close(): Promise<void>;
}

/** Serves texts by path. */
export async function serveFiles(
  files: ReadonlyMap<string, { type: string; body: string }>,
): Promise<StaticServer> {
  const server = http.createServer((request, response) => {
    const file = files.get(new URL(request.url ?? '/', 'http://localhost').pathname);
    response.writeHead(file ? 200 : 404, { 'content-type': file?.type ?? 'text/plain' });
    response.end(file?.body ?? 'not found');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = async () => {
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  };
  return { origin: `http://localhost:${(server.address() as AddressInfo).port}`, close };
}
