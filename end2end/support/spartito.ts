// Starts the real server and its sandbox on free ports with an own data folder.
// Never sleeps: it waits for what the programs print and polls with a deadline.
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const ROOT = resolve(__dirname, '..', '..');
const BINARY = process.env.SPARTITO_BINARY ?? join(ROOT, 'target', 'release', 'spartito');
const SITE = process.env.SPARTITO_SITE ?? join(ROOT, 'target', 'site');
const START_DEADLINE_MS = 20_000;

/** A port that nobody listens on at the moment. */
async function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const probe = createServer();
    probe.once('error', fail);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => (address && typeof address === 'object' ? done(address.port) : fail(new Error('no port'))));
    });
  });
}

/** A program of ours, with all that it has printed. */
class Program {
  output = '';
  private constructor(readonly child: ChildProcess) {
    const keep = (chunk: Buffer) => (this.output += chunk.toString());
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
  }

  static start(args: string[], env: Record<string, string> = {}): Program {
    const clean = Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !name.startsWith('SPARTITO_')),
    );
    return new Program(
      spawn(BINARY, args, { cwd: ROOT, env: { ...clean, ...env }, stdio: ['ignore', 'pipe', 'pipe'] }),
    );
  }

  /** Resolves once `url` answers; fails with the program's output when it ends or the deadline passes. */
  async answers(url: string): Promise<void> {
    const deadline = Date.now() + START_DEADLINE_MS;
    for (;;) {
      if (this.child.exitCode !== null) throw new Error(`ended early:\n${this.output}`);
      const answer = await fetch(url).catch(() => undefined);
      if (answer && answer.status < 500) return;
      if (Date.now() > deadline) throw new Error(`no answer from ${url}:\n${this.output}`);
      await new Promise((next) => setTimeout(next, 25));
    }
  }

  /** Ends the program and waits until it is gone. */
  async end(signal: NodeJS.Signals): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = new Promise((done) => this.child.once('exit', done));
    this.child.kill(signal);
    await gone;
  }
}

/** A running Spartito with its sandbox. */
export class Spartito {
  readonly folder = mkdtempSync(join(tmpdir(), 'spartito-e2e-'));
  url = '';
  sandboxUrl = '';
  private port = 0;
  private server?: Program;
  private sandbox?: Program;

  async start(): Promise<void> {
    const sandboxPort = await freePort();
    this.port = await freePort();
    this.sandboxUrl = `http://127.0.0.1:${sandboxPort}`;
    this.url = `http://127.0.0.1:${this.port}`;
    this.sandbox = Program.start(['sandbox', '--addr', `127.0.0.1:${sandboxPort}`, '--seed', '1']);
    await this.startServer();
  }

  async startServer(): Promise<void> {
    this.server = Program.start([
      'serve', '--addr', `127.0.0.1:${this.port}`, '--data', this.folder,
      '--connection', `sandbox=${this.sandboxUrl}`, '--site', SITE,
    ]);
    await this.server.answers(`${this.url}/readyz`);
  }

  /** Ends the server at once, as a power cut would, and starts it again on the same data. */
  async crashAndRestart(): Promise<void> {
    await this.server?.end('SIGKILL');
    await this.startServer();
  }

  /** Ends the server, and starts it as if the last turns of its database had been lost meanwhile. */
  async setBackAndRestart(): Promise<void> {
    await this.server?.end('SIGTERM');
    const path = join(this.folder, 'spartito.mark');
    const mark = JSON.parse(readFileSync(path, 'utf8')) as { position: number };
    writeFileSync(path, JSON.stringify({ ...mark, position: mark.position + 70 }));
    await this.startServer();
  }

  /** The one-time set-up link that the server printed. */
  setUpLink(): string {
    const found = /https?:\/\/\S+\/set-up\/\S+/.exec(this.server?.output ?? '');
    if (!found) throw new Error(`no set-up link in:\n${this.server?.output}`);
    return found[0];
  }

  /** Changes how the simulated outside world behaves. */
  async controlSandbox(change: Record<string, unknown>): Promise<void> {
    const answer = await fetch(`${this.sandboxUrl}/control`, {
      method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify(change),
    });
    if (!answer.ok) throw new Error(`sandbox refused ${JSON.stringify(change)}: ${answer.status}`);
  }

  async stop(): Promise<void> {
    await this.server?.end('SIGTERM');
    await this.sandbox?.end('SIGTERM');
    rmSync(this.folder, { recursive: true, force: true });
  }
}
