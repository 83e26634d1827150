/** A push service on a loopback port, and the browser's side of RFC 8291: what arrives can be read. */
import { type ECDH, createDecipheriv, createECDH, hkdfSync, randomBytes } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';

/** A subscription as a browser registers it, and the messages that came. */
export interface PushService {
  readonly subscription: { endpoint: string; p256dh: string; auth: string };
  /** The next message, opened. */
  next(): Promise<{ headers: http.IncomingHttpHeaders; payload: Record<string, unknown> }>;
  close(): Promise<void>;
}

/** Opens a message (RFC 8188 header, RFC 8291 keys); throws when it was not meant for these keys. */
export function opened(body: Buffer, receiver: ECDH, auth: Buffer): Buffer {
  const [salt, size, length] = [body.subarray(0, 16), body.readUInt32BE(16), body.readUInt8(20)];
  const sender = body.subarray(21, 21 + length);
  const sealed = body.subarray(21 + length);
  if (sealed.length > size) throw new Error('more than one record');
  const info = Buffer.concat([Buffer.from('WebPush: info\0'), receiver.getPublicKey(), sender]);
  const secret = Buffer.from(hkdfSync('sha256', receiver.computeSecret(sender), auth, info, 32));
  const derive = (what: string, bytes: number): Buffer =>
    Buffer.from(hkdfSync('sha256', secret, salt, Buffer.from(`Content-Encoding: ${what}\0`), bytes));
  const cipher = createDecipheriv('aes-128-gcm', derive('aes128gcm', 16), derive('nonce', 12));
  cipher.setAuthTag(sealed.subarray(-16));
  const padded = Buffer.concat([cipher.update(sealed.subarray(0, -16)), cipher.final()]);
  const end = padded.lastIndexOf(2);
  if (end < 0 || padded.subarray(end + 1).some((byte) => byte !== 0)) throw new Error('not the last record');
  return padded.subarray(0, end);
}

/** Starts the service with a fresh subscription. */
export async function startPushService(): Promise<PushService> {
  const receiver = createECDH('prime256v1');
  receiver.generateKeys();
  const auth = randomBytes(16);
  type Message = Awaited<ReturnType<PushService['next']>>;
  const came: Message[] = [];
  const waiting: ((message: Message) => void)[] = [];
  const server = http.createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const payload = JSON.parse(
        opened(Buffer.concat(parts), receiver, auth).toString(),
      ) as Message['payload'];
      const message = { headers: request.headers, payload };
      const first = waiting.shift();
      if (first) first(message);
      else came.push(message);
      response.writeHead(201);
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    subscription: {
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}/push/e2e`,
      p256dh: receiver.getPublicKey().toString('base64url'),
      auth: auth.toString('base64url'),
    },
    next: () => {
      const first = came.shift();
      return first ? Promise.resolve(first) : new Promise((resolve) => waiting.push(resolve));
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
