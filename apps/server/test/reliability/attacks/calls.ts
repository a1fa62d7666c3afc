import type { Attack } from './attack.ts';
import { ask, batch, many, query, tally, until, wire } from './peer.ts';

const call = (id: number, path: string) => ({ id, method: 'query', params: { path } });
const frameOf = (path: string) =>
  JSON.stringify(Array.from({ length: 15_000 }, (_, index) => call(index, path)));

/** One frame on each of some sockets, until all is answered or the sockets are closed. */
async function frames(
  url: string,
  options: { headers?: Record<string, string>; path: string; signal: AbortSignal },
): Promise<string> {
  const frame = frameOf(options.path);
  const wires = await Promise.all([1, 2, 3].map(() => wire(`${url}/trpc`, options.headers)));
  for (const { ws } of wires) if (ws.readyState === ws.OPEN) ws.send(frame);
  await until(() => wires.every(({ code, messages }) => code > 0 || messages >= 15_000), options.signal);
  for (const { ws } of wires) ws.terminate();
  return wires.map(({ code, messages }) => `${messages} answers, code ${code}`).join('; ');
}

/** More calls than anybody needs. */
export const callAttacks: readonly Attack[] = [
  {
    name: 'a stranger: 3 frames of 15,000 calls',
    forMs: 30_000,
    run: ({ server, signal }) => frames(server.url, { path: 'system.health', signal }),
  },
  {
    name: 'a user: 3 frames of 15,000 calls',
    forMs: 30_000,
    run: ({ mallory, server, signal }) =>
      frames(server.url, { headers: { cookie: mallory.cookie }, path: 'chat.list', signal }),
  },
  {
    name: 'a user: 30,000 frames of one call',
    forMs: 30_000,
    async run({ mallory, server, signal }) {
      const one = await wire(`${server.url}/trpc`, { cookie: mallory.cookie });
      for (let id = 0; id < 30_000 && one.ws.readyState === one.ws.OPEN; id += 1) {
        one.ws.send(JSON.stringify(call(id, 'chat.list')));
      }
      await until(() => one.code > 0 || one.messages >= 30_000, signal);
      one.ws.terminate();
      return `${one.messages} answers, code ${one.code}`;
    },
  },
  {
    name: 'batches of 50 message.list of long messages',
    forMs: 30_000,
    async run({ longChat, mallory, server, signal }) {
      const path = batch('message.list', { chatId: longChat, limit: 200 }, 50);
      const headers = { cookie: mallory.cookie };
      const told = await Promise.all([1, 2, 3].map(() => ask(server.port, path, { headers, signal })));
      return told.map(({ bytes, status }) => `${status}, ${Math.round(bytes / 1e6)} MB`).join('; ');
    },
  },
  {
    name: 'batches of 50 message.versions of long messages',
    forMs: 30_000,
    async run({ edited, mallory, server, signal }) {
      const path = batch('message.versions', { messageId: edited }, 50);
      const headers = { cookie: mallory.cookie };
      const told = await Promise.all([1, 2, 3].map(() => ask(server.port, path, { headers, signal })));
      return told.map(({ bytes, status }) => `${status}, ${Math.round(bytes / 1e6)} MB`).join('; ');
    },
  },
  {
    name: 'one-letter searches in 100,000 messages',
    forMs: 10_000,
    async run({ mallory, server, signal }) {
      const statuses = tally();
      await many({ count: 2_000, atOnce: 8, signal }, async () => {
        const headers = { cookie: mallory.cookie };
        const { status } = await ask(server.port, query('chat.search', { query: 'e' }), { headers, signal });
        if (!signal.aborted) statuses.add(status);
      });
      return statuses.toString();
    },
  },
  {
    name: 'searches for a common word in 100,000 messages',
    forMs: 10_000,
    async run({ mallory, server, signal }) {
      const statuses = tally();
      await many({ count: 2_000, atOnce: 8, signal }, async () => {
        const headers = { cookie: mallory.cookie };
        const path = query('chat.search', { query: 'message' });
        const { status } = await ask(server.port, path, { headers, signal });
        if (!signal.aborted) statuses.add(status);
      });
      return statuses.toString();
    },
  },
];
