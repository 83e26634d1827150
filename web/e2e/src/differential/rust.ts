/** The Rust verifier as a child process: requests in, answers out, in their order. `crates/credential/examples/differential.rs`. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** The program: `LUZHENG_DIFFERENTIAL`, or what `cargo build -p luzheng-credential --example differential` leaves. */
export const PROGRAM =
  process.env.LUZHENG_DIFFERENTIAL ??
  fileURLToPath(new URL('../../../../target/debug/examples/differential', import.meta.url));

/** A running Rust verifier. */
export class RustVerifier {
  private readonly waiting: {
    readonly take: (line: string) => void;
    readonly fail: (error: Error) => void;
  }[] = [];
  private said = '';

  private constructor(private readonly child: ChildProcessWithoutNullStreams) {
    createInterface({ input: child.stdout }).on('line', (line) => this.waiting.shift()?.take(line));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (this.said += text));
    child.stdin.on('error', () => undefined);
    child.on('close', (code) => {
      for (const { fail } of this.waiting.splice(0))
        fail(new Error(`the Rust side ended (${code}): ${this.said}`));
    });
  }

  static start(): RustVerifier {
    if (!existsSync(PROGRAM))
      throw new Error(
        `no program at ${PROGRAM}: run "cargo build -p luzheng-credential --example differential", or set LUZHENG_DIFFERENTIAL`,
      );
    return new RustVerifier(spawn(PROGRAM, [], { stdio: 'pipe' }));
  }

  /** Asks all of these; the answers as they were written, in the order of the requests. */
  async ask(requests: readonly unknown[]): Promise<string[]> {
    const answers = requests.map(
      () => new Promise<string>((take, fail) => this.waiting.push({ take, fail })),
    );
    const all = Promise.all(answers);
    const text = requests.map((request) => `${JSON.stringify(request)}\n`).join('');
    if (!this.child.stdin.write(text)) await Promise.race([once(this.child.stdin, 'drain'), all]);
    return all;
  }

  /** Ends it. */
  async close(): Promise<void> {
    const ended = once(this.child, 'close');
    this.child.stdin.end();
    await ended;
  }
}
