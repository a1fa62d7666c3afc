import { Agent, request } from 'node:http';
import { setTimeout as after } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';

import type { MeterOptions, MeterReading } from './meter.ts';
import { rssOf } from './process.ts';

// Another user's calls while an attack goes on: one every 20 ms, every fourth over a fresh connection.
const options: MeterOptions = workerData;
const EVERY_MS = 20;
/** So many may wait for an answer at once. */
const MOST_WAITING = 40;
/** Calls before the attack, which are not counted. */
const WARM_UP = 100;
/** A call without an answer for so long counts as failed. */
const LOST_MS = 30_000;

const agent = new Agent({ keepAlive: true, maxSockets: 20 });
const input = encodeURIComponent(JSON.stringify({ json: { chatId: options.chatId } }));
const calls: number[] = [];
const refusals: number[] = [];
let failed = 0;
let peakRss = 0;
const stopped = new AbortController();

interface Asked {
  readonly ms: number;
  readonly status: number;
}

function ask(path: string, call: { method?: string; body?: string; address: string; isFresh: boolean }) {
  const asked = performance.now();
  return new Promise<Asked>((resolve) => {
    const end = (status: number) => resolve({ ms: performance.now() - asked, status });
    const sent = request(
      {
        host: '127.0.0.1',
        port: options.port,
        path,
        method: call.method ?? 'GET',
        agent: call.isFresh ? false : agent,
        timeout: LOST_MS,
        headers: {
          cookie: options.cookie,
          'x-forwarded-for': call.address,
          ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
        },
      },
      (response) => {
        response.resume();
        response.on('end', () => end(response.statusCode ?? 0));
        response.on('error', () => end(0));
      },
    );
    sent.on('timeout', () => sent.destroy(new Error('lost')));
    sent.on('error', () => end(0));
    sent.end(call.body);
  });
}

const underWay = new Set<Promise<void>>();
const follow = (what: Promise<void>) => {
  underWay.add(what);
  void what.then(() => underWay.delete(what));
};

async function callOnce(count: number): Promise<void> {
  const path = count % 2 === 0 ? '/trpc/chat.list' : `/trpc/message.list?input=${input}`;
  const { ms, status } = await ask(path, { address: '10.0.0.1', isFresh: count % 4 === 3 });
  calls.push(ms);
  if (status !== 200) failed += 1;
}

async function logInOnce(count: number): Promise<void> {
  const json = { email: `nobody-${count}@example.org`, password: 'not the right one' };
  const address = `10.9.${Math.floor(count / 250)}.${count % 250}`;
  const body = JSON.stringify({ json });
  const { ms, status } = await ask('/trpc/auth.logIn', { method: 'POST', body, address, isFresh: true });
  if (status === 429 || status === 503) refusals.push(ms);
}

async function measure(): Promise<void> {
  for (let count = 0; !stopped.signal.aborted; count += 1) {
    // While nothing is answered, those that wait tell enough.
    if (underWay.size < MOST_WAITING) follow(callOnce(count));
    if (options.refusals === 'logIn' && count % 5 === 0) follow(logInOnce(count));
    peakRss = Math.max(peakRss, rssOf(options.pid));
    await after(EVERY_MS);
  }
  await Promise.all(underWay);
  agent.destroy();
  const reading: MeterReading = { calls, failed, peakRss, refusals };
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- threads have none
  parentPort?.postMessage(reading);
}

// What a thread compiles at its first calls is no part of an attack.
for (let count = 0; count < WARM_UP; count += 1) await callOnce(count);
calls.length = 0;
failed = 0;

parentPort?.once('message', () => {
  stopped.abort();
});
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- threads have none
parentPort?.postMessage('started');
await measure();
