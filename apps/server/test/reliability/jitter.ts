import { setTimeout as after } from 'node:timers/promises';

import { scriptedAiBackend } from '@amanda/ai-client/scripted';
import {
  type FaultProxy,
  faultProxy,
  seededRandom,
  signUp,
  spawnServer,
  type TestUser,
} from '@amanda/testing';

import { createScreen, type Screen } from './screen.ts';
import { answerTo, questionOf, storyteller } from './story.ts';
import { type Device, device } from './viewer.ts';

/** What arrived over links that dropped again and again. */
export interface JitterCount {
  readonly clients: { readonly trpc: number; readonly socketIo: number };
  readonly drops: number;
  /** Connections made in all, by all clients. */
  readonly connections: number;
  /** UTF-16 code units that had to arrive, and that did, by all clients together. */
  readonly characters: { readonly due: number; readonly shown: number };
  /** 100 when nothing is missing. */
  readonly percent: { readonly trpc: number; readonly socketIo: number };
  /** From the end of the first to the end of the last, in milliseconds. */
  readonly lastAfterFirstMs: number;
  readonly breaches: readonly string[];
}

/** How many, for how long, and how badly. Times in milliseconds. */
export interface JitterOptions {
  readonly trpc: number;
  readonly socketIo: number;
  readonly dropMs: number;
  /** How long a link stays up between two drops, from half of this to one and a half times. */
  readonly upMs: number;
  readonly answer: { readonly pieces: number; readonly paceMs: number };
  readonly seed: number;
}

/** Clients that share a user, an answer, and each of the user's links. */
const CLIENTS_PER_USER = 60;
const CLIENTS_PER_LINK = 10;

/** Has many clients watch long answers over links that drop, and counts what they were shown. */
export async function jitter(options: JitterOptions): Promise<JitterCount> {
  const random = seededRandom(options.seed);
  await using parts = new AsyncDisposableStack();
  const backend = parts.use(await scriptedAiBackend(storyteller));
  const server = parts.use(
    await spawnServer({
      env: { GRPC_AI_BACKEND_HOST: backend.host, GRPC_AI_BACKEND_PORT: String(backend.port) },
    }),
  );

  const kinds = [
    ...Array.from({ length: options.trpc }, () => 'websocket' as const),
    ...Array.from({ length: options.socketIo }, () => 'socket.io' as const),
  ];
  const proxies: FaultProxy[] = [];
  const devices: Device[] = [];
  const watchers: { over: Device['over']; said: string; screen: Screen; watch: () => void }[] = [];
  const questions: (() => Promise<void>)[] = [];
  let user: TestUser | undefined;
  let place: { messageId: number; eventId: string } | undefined;
  let said = '';
  for (const [index, over] of kinds.entries()) {
    if (index % CLIENTS_PER_USER === 0 || user === undefined) {
      user = await signUp(server.url, `${index}@example.org`);
      const asker = parts.use(device({ url: server.url, user, over: 'websocket' }));
      const question = questionOf({ key: `j${index}`, ...options.answer });
      said = answerTo(question);
      const chat = await asker.api.chat.create.mutate({});
      const own = { messageId: 0, eventId: '' };
      place = own;
      questions.push(async () => {
        Object.assign(own, await asker.api.message.send.mutate({ chatId: chat.id, text: question }));
      });
    }
    if (index % CLIENTS_PER_LINK === 0) {
      proxies.push(parts.use(await faultProxy({ target: server, seed: options.seed + index })));
    }
    const url = `http://127.0.0.1:${proxies.at(-1)?.port ?? server.port}`;
    const screen = createScreen(said);
    const client = device({ url, user, over, retryMs: Math.max(100, options.dropMs / 8) });
    devices.push(client);
    const at = place;
    watchers.push({
      over,
      said,
      screen,
      watch: () => {
        client.view(at ?? { messageId: 0 }, screen);
      },
    });
  }

  await Promise.all(questions.map((ask) => ask()));
  for (const { watch } of watchers) watch();
  const over = new AbortController();
  let drops = 0;
  const shake = async (proxy: FaultProxy) => {
    while (!over.signal.aborted) {
      await after(options.upMs * (0.5 + random()), undefined, { signal: over.signal }).catch(() => {});
      if (over.signal.aborted) return;
      drops += 1;
      proxy.cut();
      await after(options.dropMs);
      proxy.up();
    }
  };
  const shaking = Promise.all(proxies.map(shake));
  await Promise.all(watchers.map(({ screen }) => screen.ended));
  over.abort();
  await shaking;

  await Promise.all(devices.map((one) => one[Symbol.asyncDispose]()));

  const endings = watchers.map(({ screen }) => screen.changedAt);
  const share = (kind: Device['over']) => {
    const some = watchers.filter((watcher) => watcher.over === kind);
    const due = some.reduce((sum, watcher) => sum + watcher.said.length, 0);
    const shown = some.reduce((sum, { screen }) => sum + screen.text.length, 0);
    return { due, shown, percent: due === 0 ? 100 : (100 * shown) / due };
  };
  const [trpc, socketIo] = [share('websocket'), share('socket.io')];
  return {
    clients: { trpc: options.trpc, socketIo: options.socketIo },
    drops,
    connections: proxies.reduce((sum, { accepted }) => sum + accepted, 0),
    characters: { due: trpc.due + socketIo.due, shown: trpc.shown + socketIo.shown },
    percent: { trpc: trpc.percent, socketIo: socketIo.percent },
    lastAfterFirstMs: Math.round(Math.max(...endings) - Math.min(...endings)),
    breaches: watchers.flatMap(({ screen }) => screen.breaches),
  };
}
