// A Gatehouse of one's own: its process, its port, its database.

import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

const binary = process.env.GATEHOUSE_BIN ?? path.resolve(__dirname, '../../target/release/gatehouse');

/** What a server can be started with. */
export interface ServerOptions {
  /** With the sample organization; otherwise empty, waiting for its set-up. */
  demo?: boolean;
  /** Settings beside address and data folder. */
  env?: Record<string, string>;
}

/** A running server. */
export class Server {
  private constructor(
    /** Where it is, without a trailing slash. */
    readonly url: string,
    private readonly process: ChildProcess,
    private readonly data: string,
    private readonly output: () => string,
  ) {}

  /** Starts one on a free port, with a database nobody else has, and waits until it answers. */
  static async start(options: ServerOptions = {}): Promise<Server> {
    // Between choosing a port and the server's use of it somebody else may take it.
    for (let attempt = 1; ; attempt++) {
      const server = await Server.launch(options);
      if (server instanceof Server) return server;
      if (attempt === 5) throw new Error(`Gatehouse did not start:\n${server.failure}`);
    }
  }

  private static async launch({ demo = false, env = {} }: ServerOptions): Promise<Server | { failure: string }> {
    const data = await mkdtemp(path.join(tmpdir(), 'gatehouse-end2end-'));
    const address = `127.0.0.1:${await freePort()}`;
    const child = spawn(binary, demo ? ['serve', '--demo'] : ['serve'], {
      env: {
        PATH: process.env.PATH,
        RUST_LOG: 'warn',
        ...(process.env.GATEHOUSE_SITE && { GATEHOUSE_SITE: process.env.GATEHOUSE_SITE }),
        GATEHOUSE_ADDR: address,
        GATEHOUSE_DATA: data,
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    let ended = false;
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => (output += text));
    }
    child.on('error', (error) => (output += error.message));
    const end = new Promise<void>((resolve) => {
      for (const event of ['exit', 'error']) child.on(event, () => resolve());
    }).then(() => void (ended = true));

    const deadline = Date.now() + 60_000;
    while (!ended && Date.now() < deadline) {
      const healthy = await fetch(`http://${address}/health`).then((answer) => answer.ok, () => false);
      if (healthy) return new Server(`http://${address}`, child, data, () => output);
      await Promise.race([end, new Promise((resolve) => setTimeout(resolve, 50))]);
    }
    child.kill('SIGKILL');
    await rm(data, { recursive: true, force: true });
    return { failure: output };
  }

  /** Ends it and deletes its data. */
  async stop(): Promise<void> {
    const end = new Promise((resolve) => this.process.once('exit', resolve));
    if (this.process.exitCode === null && this.process.kill('SIGKILL')) await end;
    await rm(this.data, { recursive: true, force: true });
  }

  /** The password of the demo's people, as the server printed it. */
  get demoPassword(): string {
    return this.printed(/password (\S+?):?\s*$/m);
  }

  /** The one-time code of the first set-up, as the server printed it. */
  get setupCode(): string {
    return this.printed(/one-time code (\S+)/);
  }

  private printed(pattern: RegExp): string {
    const found = pattern.exec(this.output())?.[1];
    if (!found) throw new Error(`The server did not print ${pattern}:\n${this.output()}`);
    return found;
  }
}

/** A port that nobody listens on at the moment. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => (typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port'))));
    });
  });
}
