/** A server before the demo: passes everything on, and can deploy a newer build of the app in the middle of a visit. */
import http from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Front {
  readonly origin: string;
  /** From now on every file of the app is one of a newer build, and those of the older one are gone. */
  deploy(): void;
  /** Paths asked for, in order. */
  readonly asked: readonly string[];
  close(): Promise<void>;
}

/** Where a build's files lie; the newer one's have other names, as files with a digest in their names do. */
const OLDER = 'assets/';
const NEWER = 'assets-newer/';
/** What the front end's files are made of; everything else passes as it is. */
const TEXT = /^(text\/|application\/(manifest\+)?json)/;

/** Starts the front before a demo. Pages on it are on an origin of their own. */
export async function startFront(demo: string): Promise<Front> {
  let newer = false;
  const asked: string[] = [];
  const server = http.createServer((request, response) => {
    const address = request.url ?? '/';
    asked.push(address);
    if (newer && address.startsWith(`/${OLDER}`)) {
      response.writeHead(404, { 'content-type': 'text/plain' });
      response.end('gone with the older build');
      return;
    }
    const path = newer ? address.replace(`/${NEWER}`, `/${OLDER}`) : address;
    void pass(request, path, demo).then(
      ({ status, headers, body }) => {
        const type = String(headers['content-type'] ?? '');
        const own = !path.startsWith('/api/') && TEXT.test(type);
        const sent = newer && own ? renamed(body) : body;
        // what is gone from the server must be gone from the browser's own cache too
        if (own || path.startsWith(`/${OLDER}`)) headers['cache-control'] = 'no-store';
        delete headers['content-length'];
        delete headers['transfer-encoding'];
        response.writeHead(status, headers);
        response.end(sent);
      },
      () => {
        response.writeHead(502);
        response.end();
      },
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    deploy: () => {
      newer = true;
    },
    asked,
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function renamed(body: Buffer): Buffer {
  const text = body.toString().replaceAll(OLDER, NEWER);
  // the service worker's list names the content of files whose names carry no digest
  const digits = (digest: string): string => [...digest].reverse().join('');
  return Buffer.from(
    text.replace(
      /("?revision"?:["'`])([0-9a-f]{32})/g,
      (_, head: string, digest: string) => head + digits(digest),
    ),
  );
}

interface Passed {
  status: number;
  headers: http.IncomingHttpHeaders;
  body: Buffer;
}

function pass(request: http.IncomingMessage, path: string, demo: string): Promise<Passed> {
  return new Promise((resolve, reject) => {
    const { origin, ...headers } = request.headers;
    // plain bytes, so that they can be changed
    delete headers['accept-encoding'];
    delete headers.referer;
    const target = new URL(demo);
    const onward = http.request(
      `${demo}${path}`,
      {
        method: request.method,
        // the server refuses calls that come from another origin
        headers: { ...headers, host: target.host, ...(origin !== undefined && { origin: demo }) },
      },
      (answer) => {
        const parts: Buffer[] = [];
        answer.on('data', (part: Buffer) => parts.push(part));
        answer.on('end', () =>
          resolve({ status: answer.statusCode ?? 502, headers: answer.headers, body: Buffer.concat(parts) }),
        );
        answer.on('error', reject);
      },
    );
    onward.on('error', reject);
    request.pipe(onward);
  });
}
