import { setTimeout as after } from 'node:timers/promises';

import { scriptedAiBackend } from '@amanda/ai-client/scripted';
import { defaultHostConfig } from '@amanda/host';
import { type FaultProxy, faultProxy, seededRandom, startTestServer } from '@amanda/testing';

import { createScreen, type Screen } from './screen.ts';
import { answerTo, questionOf, storyteller } from './story.ts';
import { type Device, device, type Transport, transports } from './viewer.ts';

/** What can happen to a link. Each fault lasts as long as the answer, or comes again and again at random moments. */
export const faults = [
  'latency',
  'slices of one byte',
  'narrow',
  'stalls',
  'resets',
  'outages',
  'half-open',
] as const;
export type Fault = (typeof faults)[number];

/** Where it happens: between a client and the server, or between the server and the AI backend. */
export const links = ['client', 'ai'] as const;
export type Link = (typeof links)[number];

/** One answer under one fault. */
export interface Cell {
  readonly fault: Fault;
  readonly link: Link;
  readonly over: Transport;
  readonly seed: number;
}

/** What became of it. */
export interface CellResult extends Cell {
  readonly status: string;
  /** Of the answer, in UTF-16 code units. */
  readonly said: number;
  readonly shown: number;
  readonly stored: number;
  readonly breaches: readonly string[];
  /** Whether the next question was answered whole once the link was good again. */
  readonly nextAnswered: boolean;
  readonly tookMs: number;
}

/** How long the AI backend may be silent where its link goes dead, in milliseconds. */
const SILENCE_MS = 700;
/** How often a link is asked whether it lives where it goes dead, in milliseconds. */
const PING_MS = 150;
/** How long the answer may take: longer than a busy machine needs. */
const PONG_MS = 2_000;

/** Every fault on every link over every transport, for each seed. Half-open Socket.IO links take 45 s to be noticed. */
export function allCells(seeds: readonly number[]): Cell[] {
  return seeds.flatMap((seed) =>
    links.flatMap((link) =>
      faults.flatMap((fault) => transports.map((over) => ({ fault, link, over, seed }))),
    ),
  );
}

/** Streams one answer under a fault, and another one after it. */
export async function suffer(cell: Cell): Promise<CellResult> {
  const started = performance.now();
  const random = seededRandom(cell.seed);
  await using parts = new AsyncDisposableStack();
  const backend = parts.use(await scriptedAiBackend(storyteller));
  const aiProxy = parts.use(await faultProxy({ target: backend, seed: cell.seed }));
  const server = parts.use(
    await startTestServer({
      ai: {
        host: aiProxy.host,
        port: aiProxy.port,
        // Only where it matters: a busy machine is silent for longer now and then.
        ...(cell.link === 'ai' && cell.fault === 'half-open'
          ? { silenceTimeoutMs: SILENCE_MS, firstPieceTimeoutMs: 2_000 }
          : {}),
      },
      config: {
        sockets: { ...defaultHostConfig.sockets, pingMs: PING_MS, pongMs: PONG_MS, tickMs: PING_MS / 3 },
      },
    }),
  );
  const clientProxy = parts.use(await faultProxy({ target: server, seed: cell.seed }));
  const user = await server.signUp();
  const viewer = parts.use(
    device({
      url: `http://${clientProxy.host}:${clientProxy.port}`,
      user,
      over: cell.over,
      keepAlive: { intervalMs: PING_MS, pongTimeoutMs: PONG_MS },
    }),
  );
  // Questions go another way, so that the fault falls on the answer.
  const asker = parts.use(device({ url: server.url, user, over: 'websocket' }));
  const chat = await asker.api.chat.create.mutate({});
  const ask = async (text: string) => {
    const sent = await asker.api.message.send.mutate({ chatId: chat.id, text });
    const screen = createScreen(answerTo(text));
    return { sent, screen, view: viewer.view(sent, screen) };
  };

  const question = questionOf({ key: `s${cell.seed}`, pieces: 100, paceMs: 3 });
  const first = await ask(question);
  const proxy = cell.link === 'client' ? clientProxy : aiProxy;
  // What an AI backend said is kept: so it has to have said something, however busy the machine is.
  if (cell.link === 'ai') await Promise.race([first.screen.begun, first.screen.ended]);
  const over = new AbortController();
  const trouble = make(cell.fault, proxy, random, over.signal);
  const ending = await first.screen.ended;
  over.abort();
  await trouble;
  proxy.shape({});
  proxy.up();
  first.view[Symbol.dispose]();

  const stored = await storedText(asker, chat.id, first.sent.messageId);
  const nextAnswered = await answersNext(ask);
  return {
    ...cell,
    status: ending.status,
    said: answerTo(question).length,
    shown: first.screen.text.length,
    stored: stored.length,
    breaches: [
      ...first.screen.breaches,
      ...(stored === first.screen.text ? [] : [`${first.screen.text.length} shown, ${stored.length} stored`]),
    ],
    nextAnswered,
    tookMs: Math.round(performance.now() - started),
  };
}

async function storedText({ api }: Device, chatId: number, messageId: number): Promise<string> {
  const { items } = await api.message.list.query({ chatId });
  return items.find(({ id }) => id === messageId)?.text ?? '';
}

/** A user asks again when the first answer says that the AI backend is not there: gRPC pauses between its attempts. */
async function answersNext(ask: (text: string) => Promise<{ screen: Screen; view: Disposable }>) {
  for (let attempt = 0; attempt < 20; attempt += 1) {
    const question = questionOf({ key: `next${attempt}`, pieces: 5, paceMs: 0 });
    const { screen, view } = await ask(question);
    await screen.ended;
    view[Symbol.dispose]();
    if (screen.text === answerTo(question) && screen.breaches.length === 0) return true;
    await after(100);
  }
  return false;
}

/** Makes trouble on a link until it is told to stop. */
async function make(
  fault: Fault,
  proxy: FaultProxy,
  random: () => number,
  signal: AbortSignal,
): Promise<void> {
  const often = async (strike: () => Promise<void> | void) => {
    while (!signal.aborted) {
      await after(20 + random() * 120, undefined, { signal }).catch(() => {});
      if (!signal.aborted) await strike();
    }
  };
  const pause = () => after(30 + random() * 200);
  switch (fault) {
    case 'latency':
      return proxy.shape({ latencyMs: 20 + random() * 60 });
    case 'slices of one byte':
      return proxy.shape({ sliceBytes: 1 });
    case 'narrow':
      return proxy.shape({ bytesPerSecond: 20_000 });
    case 'stalls':
      return often(async () => {
        proxy.freeze();
        await pause();
        proxy.up();
      });
    case 'resets':
      return often(() => proxy.drop());
    case 'outages':
      return often(async () => {
        proxy.cut();
        await pause();
        proxy.up();
      });
    case 'half-open':
      await after(50 + random() * 100);
      return proxy.abandon();
  }
}
