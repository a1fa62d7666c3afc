import { cp } from 'node:fs/promises';
import path from 'node:path';

import { type SpawnedServer, signUp, spawnServer, temporaryFolder, trpcClient } from '@amanda/testing';

import { accountAttacks } from './accounts.ts';
import type { Attack, AttackResult } from './attack.ts';
import { callAttacks } from './calls.ts';
import { databaseAttacks } from './database.ts';
import { floodAttacks } from './floods.ts';
import { quantile, startMeter } from './meter.ts';
import { ask, query } from './peer.ts';
import { longestStop, rssFallsTo, rssOf } from './process.ts';
import { type Ground, prepareGround } from './scene.ts';
import { unreadAttacks } from './unread.ts';

const MEBI = 1_048_576;
/** What is asked of the server while it is attacked. */
const goals = { p99Ms: 250, growthBytes: 128 * MEBI, keptBytes: 64 * MEBI, refusalMs: 50 };
/** How long memory may take to come back, in milliseconds. */
const PATIENCE_MS = 15_000;

/** All attacks, in the order in which they are made. */
export const allAttacks: readonly Attack[] = [
  ...callAttacks,
  ...unreadAttacks,
  ...floodAttacks,
  ...accountAttacks,
  ...databaseAttacks,
];

/**
 * Makes attacks, each on a server of its own with a heap of 512 MB and its limits on, and judges them.
 * @param options.only makes those whose names match it
 */
export async function makeAttacks(options: {
  only: string;
  onResult: (result: AttackResult) => void;
}): Promise<readonly AttackResult[]> {
  await using ground = await prepareGround();
  const results: AttackResult[] = [];
  for (const attack of allAttacks.filter(({ name }) => new RegExp(options.only).test(name))) {
    const result = await makeAttack(attack, ground);
    results.push(result);
    options.onResult(result);
  }
  return results;
}

async function makeAttack(attack: Attack, ground: Ground): Promise<AttackResult> {
  await using parts = new AsyncDisposableStack();
  const own = await attack.place?.();
  if (own !== undefined && 'skip' in own) return skipped(attack.name, own.skip);
  const folder = parts.use(own ?? (await temporaryFolder()));
  if (own === undefined) await cp(ground.dataDir, folder.path, { recursive: true });
  const server = parts.use(await startServer(folder.path, attack, ground));
  const people = own === undefined ? ground : { ...ground, ...(await newcomers(server)) };
  for (let call = 0; call < 300; call += 1) {
    await ask(server.port, query('chat.list'), { headers: { cookie: people.ada.cookie } });
  }
  await longestStop(server);
  const before = rssOf(server.pid);
  const meter = await startMeter({
    port: server.port,
    pid: server.pid,
    cookie: people.ada.cookie,
    chatId: people.adasChat,
    refusals: attack.refusals,
  });
  const { signal } = time(attack.forMs);
  const saw = await attack
    .run({ ...people, server, signal })
    .catch((error: unknown) => `broke: ${String(error)}`);
  const reading = await meter.stop();
  const lives = rssOf(server.pid) > 0 && (await ask(server.port, '/health')).status === 200;
  const loopMs = lives ? await longestStop(server) : Number.NaN;
  const after = await rssFallsTo(server.pid, before + goals.keptBytes / 2, PATIENCE_MS);
  const p99 = quantile(reading.calls, 0.99);
  const refusal = quantile(reading.refusals, 0.99);
  const misses = {
    'the process ended': !lives,
    [`calls failed: ${reading.failed}`]: reading.failed > 0,
    [`p99 ${p99} ms`]: p99 > goals.p99Ms,
    'memory grew': reading.peakRss - before > goals.growthBytes,
    'memory stayed': after - before > goals.keptBytes,
    [`refusals took ${refusal} ms`]: attack.refusals !== undefined && refusal > goals.refusalMs,
    'no refusals': attack.refusals !== undefined && reading.refusals.length === 0,
  };
  return {
    name: attack.name,
    saw: attack.refusals === undefined ? saw : `${saw}; refusals p99 ${refusal} ms`,
    calls: { count: reading.calls.length, failed: reading.failed, p50: quantile(reading.calls, 0.5), p99 },
    loopMs,
    rss: { before, peak: reading.peakRss, after },
    missed: Object.entries(misses).flatMap(([miss, is]) => (is ? [miss] : [])),
  };
}

function startServer(dataDir: string, attack: Attack, { backend }: Ground): Promise<SpawnedServer> {
  return spawnServer({
    dataDir,
    execArgv: [
      '--max-old-space-size=512',
      '--expose-gc',
      '--import',
      path.join(import.meta.dirname, 'loop-probe.ts'),
    ],
    env: {
      GRPC_AI_BACKEND_HOST: backend.host,
      GRPC_AI_BACKEND_PORT: String(backend.port),
      RATE_LIMITS: 'on',
      TRUSTED_PROXIES: '127.0.0.1',
      LOG_LEVEL: 'info',
      ...attack.env,
    },
  });
}

async function newcomers({ url }: SpawnedServer) {
  const ada = await signUp(url, 'ada@example.org');
  await using client = trpcClient({ url, cookie: ada.cookie });
  const { id: adasChat } = await client.api.chat.create.mutate({});
  return { ada, adasChat, mallory: await signUp(url, 'mallory@example.org') };
}

/** A signal that aborts after so many milliseconds, and keeps no process alive. */
function time(ms: number): AbortController {
  const controller = new AbortController();
  setTimeout(() => controller.abort(), ms).unref();
  return controller;
}

const skipped = (name: string, why: string): AttackResult => ({
  name,
  saw: `SKIPPED: ${why}`,
  calls: { count: 0, failed: 0, p50: 0, p99: 0 },
  loopMs: 0,
  rss: { before: 0, peak: 0, after: 0 },
  missed: [],
});

/** Results as a table in Markdown. */
export function tableOf(results: readonly AttackResult[]): string {
  const mb = (bytes: number) => Math.round(bytes / MEBI);
  const rows = results.map(
    ({ calls, loopMs, missed, name, rss, saw }) =>
      `| ${name} | ${saw} | ${calls.p50} / ${calls.p99} (${calls.count}) | ${loopMs} | ` +
      `${mb(rss.before)} / ${mb(rss.peak)} / ${mb(rss.after)} | ${missed.join(', ') || 'held'} |`,
  );
  return [
    "| attack | what the peer saw | another's call p50 / p99, ms (calls) | longest stop of the loop, ms | RSS before / peak / after, MB | |",
    '|---|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}
