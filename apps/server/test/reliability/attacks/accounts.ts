import type { Attack } from './attack.ts';
import { ask, many, query, tally } from './peer.ts';

const json = { 'content-type': 'application/json' };
const from = (index: number) => ({
  'x-forwarded-for': `10.7.${Math.floor(index / 250) % 250}.${index % 250}`,
});

/** Logs in from an address of its own for each index. @returns the status of the answer */
async function logIn(
  port: number,
  { email, password }: { email: string; password: string },
  index: number,
  signal: AbortSignal,
): Promise<number> {
  const body = JSON.stringify({ json: { email, password } });
  const headers = { ...json, ...from(index) };
  return (await ask(port, '/trpc/auth.logIn', { method: 'POST', body, headers, signal })).status;
}

/** Growth of what an account holds: one kind of call, as often as it is let. */
const growth = (
  name: string,
  path: string,
  input: (scene: { emptyChat: number }, index: number) => object,
): Attack => ({
  name,
  forMs: 10_000,
  async run(scene) {
    const { mallory, server, signal } = scene;
    const statuses = tally();
    await many({ count: 20_000, atOnce: 20, signal }, async (index) => {
      const body = JSON.stringify({ json: input(scene, index) });
      const headers = { ...json, cookie: mallory.cookie };
      const { status } = await ask(server.port, `/trpc/${path}`, { method: 'POST', body, headers, signal });
      if (!signal.aborted) statuses.add(status);
    });
    return statuses.toString();
  },
});

/** What is done to log-ins, tokens, and what accounts hold. */
export const accountAttacks: readonly Attack[] = [
  {
    name: 'log-in storm: 400 at once, from as many addresses',
    forMs: 20_000,
    env: { PASSWORD_HASH_ROUNDS: '600000' },
    refusals: 'logIn',
    async run({ server, signal }) {
      const statuses = tally();
      await many({ count: 5_000, atOnce: 400, signal }, async (index) => {
        const status = await logIn(
          server.port,
          { email: `a${index}@example.org`, password: 'wrong wrong' },
          index,
          signal,
        );
        if (!signal.aborted) statuses.add(status);
      });
      return statuses.toString();
    },
  },
  {
    name: 'token storm: 10,000 calls with invented tokens',
    forMs: 15_000,
    async run({ server, signal }) {
      const statuses = tally();
      await many({ count: 10_000, atOnce: 50, signal }, async (index) => {
        const headers = { authorization: `Bearer amanda_${index}`.padEnd(60, 'x') };
        const { status } = await ask(server.port, query('user.profile'), { headers, signal });
        if (!signal.aborted) statuses.add(status);
      });
      return statuses.toString();
    },
  },
  growth('as many chats as it is let', 'chat.create', () => ({})),
  growth('renaming a chat as often as it is let', 'chat.rename', ({ emptyChat }, index) => ({
    chatId: emptyChat,
    title: `title ${index}`,
  })),
  growth('as many tokens as it is let', 'auth.tokens.create', (_scene, index) => ({
    name: `token ${index}`,
  })),
  {
    name: 'as many sessions as it is let',
    forMs: 10_000,
    async run({ mallory, server, signal }) {
      const statuses = tally();
      await many({ count: 5_000, atOnce: 20, signal }, async (index) => {
        const status = await logIn(server.port, mallory, index, signal);
        if (!signal.aborted) statuses.add(status);
      });
      return statuses.toString();
    },
  },
  {
    name: 'deleting an account of 2,000 chats and 50,000 messages',
    forMs: 30_000,
    async run({ hoarder, server, signal }) {
      const body = JSON.stringify({ json: { password: hoarder.password } });
      const headers = { ...json, cookie: hoarder.cookie };
      const path = '/trpc/user.deleteAccount';
      const { status } = await ask(server.port, path, { method: 'POST', body, headers, signal });
      return String(status);
    },
  },
];
