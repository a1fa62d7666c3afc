import { type AiClientOptions, createAiClient } from '@amanda/ai-client';
import { type AiScript, type ScriptedAiBackend, says, scriptedAiBackend } from '@amanda/ai-client/scripted';
import {
  type Clock,
  type Core,
  createCore,
  createKeys,
  type Log,
  type MailTransport,
  noLimits,
  type RunLimits,
  silentLog,
} from '@amanda/core';
import { type TemporaryDatabase, temporaryDatabase } from '@amanda/db/temporary';
import { bindPort, defaultHostConfig, type HostConfig, startServer } from '@amanda/host';

import { signUp, type TestUser } from './sign-up.ts';

/** What a test wants to be different. */
export interface TestServerOptions {
  /** What the scripted AI backend says; `Hello!` when absent. */
  readonly script?: AiScript;
  /** Another AI backend instead of the scripted one. */
  readonly ai?: Pick<AiClientOptions, 'host' | 'port'> & Partial<AiClientOptions>;
  readonly config?: Partial<HostConfig>;
  /** What differs from the limits of runs. */
  readonly runs?: Partial<RunLimits>;
  /** Whether sign-ins, messages and mail are limited as in earnest. Default: not. */
  readonly limits?: boolean;
  readonly log?: Log;
  /** What the domain takes the time from, when a test turns it. */
  readonly clock?: Clock;
  /** How mail leaves; none does when absent. */
  readonly mail?: MailTransport;
  readonly requireVerifiedEmail?: boolean;
}

/** A whole server in this process, on a free port and a fresh database, speaking real gRPC to its AI backend. */
export interface TestServer extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly core: Core;
  readonly db: TemporaryDatabase;
  /** The scripted backend, null when the test brought another one. */
  readonly ai: ScriptedAiBackend | null;
  /** Signs somebody up, with an e-mail of their own unless one is given. */
  signUp(email?: string): Promise<TestUser>;
  close(): Promise<void>;
}

/** Rounds of the password hash: as few as are allowed, for the tests' time. */
const ROUNDS = 1_000;

/** Starts a server; everything of it goes away when it is closed. */
export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  await using parts = new AsyncDisposableStack();
  const log = options.log ?? silentLog;
  const listener = parts.use(await bindPort({ host: '127.0.0.1', port: 0 }));
  const db = parts.use(await temporaryDatabase());
  const backend =
    options.ai === undefined ? parts.use(await scriptedAiBackend(options.script ?? says('Hello!'))) : null;
  const { host = '127.0.0.1', port = 0 } = options.ai ?? backend ?? {};
  const ai = parts.use(createAiClient({ ...options.ai, host, port }));
  const keys = createKeys(['a secret that guards only tests']);
  const core = parts.use(
    await createCore({
      db,
      ai,
      log,
      clock: options.clock,
      passwords: { rounds: ROUNDS, threads: 1 },
      runs: options.runs,
      mail: options.mail,
      requireVerifiedEmail: options.requireVerifiedEmail,
      ...(options.limits === true ? {} : { limits: noLimits }),
    }),
  );
  const server = parts.use(
    await startServer({
      core,
      keys,
      log,
      listener,
      config: { ...defaultHostConfig, drainMs: 0, ...options.config },
    }),
  );
  const running = parts.move();
  let users = 0;
  const close = () => running.disposeAsync();
  return {
    url: server.url,
    port: server.port,
    core,
    db,
    ai: backend,
    signUp: (email = `user-${(users += 1)}@example.org`) => signUp(server.url, email),
    close,
    [Symbol.asyncDispose]: close,
  };
}
