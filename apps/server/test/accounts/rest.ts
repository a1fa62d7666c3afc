import { readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';

import { createOutboxTransport, silentLog, systemClock } from '@amanda/core';
import { startTestServer, type TestServer, type TestServerOptions, temporaryFolder } from '@amanda/testing';
import { expect } from 'vitest';

/** An answer of the REST surface. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

/** A server whose mail goes to an outbox, and what old clients do with it. */
export interface AccountsServer extends AsyncDisposable {
  readonly server: TestServer;
  call(method: string, route: string, body?: object, headers?: Record<string, string>): Promise<Answer>;
  /** The token in the next mail, which is waited for and taken out of the outbox. */
  mailedToken(to: string): Promise<string>;
}

/** Starts it; everything goes away when it is disposed of. */
export async function accountsServer(options: TestServerOptions = {}): Promise<AccountsServer> {
  await using parts = new AsyncDisposableStack();
  const folder = parts.use(await temporaryFolder());
  const directory = path.join(folder.path, 'outbox');
  const mail = createOutboxTransport({
    directory,
    from: 'amanda@example.org',
    clock: systemClock,
    log: silentLog,
  });
  const server = parts.use(await startTestServer({ mail, ...options }));
  const running = parts.move();

  const takeLetter = async (to: string): Promise<string | undefined> => {
    const names = await readdir(directory).catch(() => []);
    for (const name of names.filter((one) => one.endsWith('.eml')).toSorted()) {
      const file = path.join(directory, name);
      const raw = (await readFile(file, 'utf8')).replaceAll(/=\r?\n/gu, '').replaceAll('=3D', '=');
      if (!raw.includes(`To: ${to}`)) continue;
      await rm(file);
      return raw;
    }
    return undefined;
  };

  return {
    server,
    async call(method, route, body, headers = {}) {
      const response = await fetch(`${server.url}${route}`, {
        method,
        headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return { status: response.status, headers: response.headers, body: await response.json() };
    },
    async mailedToken(to) {
      let token: string | undefined;
      const arrived = async () => {
        token = /#token=([\w-]+)/u.exec((await takeLetter(to)) ?? '')?.[1];
        return token;
      };
      await expect.poll(arrived, { interval: 10 }).toBeDefined();
      return token ?? '';
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
