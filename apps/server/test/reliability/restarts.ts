import { setTimeout as after } from 'node:timers/promises';

import { scriptedAiBackend } from '@amanda/ai-client/scripted';
import { type SpawnedServer, seededRandom, signUp, spawnServer, temporaryFolder } from '@amanda/testing';

import { type Audit, audit, isStreaming } from './audit.ts';
import { createBreachFiles } from './breach-files.ts';
import { answerTo, storytellerAtWork } from './story.ts';
import { type Talker, type Turn, talk } from './talker.ts';
import { type Device, device, transports } from './viewer.ts';

/** What was counted over many ends of a server. */
export interface RestartCount extends Audit {
  readonly rounds: number;
  readonly turns: number;
  /** Attempts beyond the first, of calls whose answer did not come. */
  readonly retries: number;
  /** Answers that were under way when the server ended. */
  readonly cutShort: number;
  /** Of these, the ones that the server went on with by itself: all that was to be said was shown. */
  readonly wentOn: number;
  readonly endings: Readonly<Record<string, number>>;
  readonly breaches: readonly string[];
  /** The folder in which the texts of breaches are kept; null when there was none. */
  readonly breachFolder: string | null;
  /** From the signal to the end of the process, in milliseconds. */
  readonly exitMs: { readonly median: number; readonly longest: number };
  /** From `exec` to serving, in milliseconds. */
  readonly readyMs: { readonly median: number; readonly longest: number };
  /** From the moment that the server served again to the last viewer's next event, in milliseconds. */
  readonly resumedMs: { readonly median: number; readonly longest: number };
  /** Exit codes that were not 0 where one was due. */
  readonly badExits: number;
}

/** How a server is to be ended again and again. */
export interface RestartOptions {
  readonly rounds: number;
  readonly seed: number;
  readonly signal: 'SIGKILL' | 'SIGTERM';
  /** Devices of each transport. */
  readonly devices: number;
  /** Answers have up to so many pieces. */
  readonly pieces?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** Whether each end waits until somebody is being shown an answer, however slow the machine is. Default: not. */
  readonly amidAnswers?: boolean;
  /** How long an answer may stay without an end after a restart, in milliseconds. Default: as long as is no hang. */
  readonly endingMs?: number;
  readonly onRound?: (round: number, count: { turns: number; breaches: readonly string[] }) => void;
}

/** Ends a server at random moments of a conversation, starts it again on its folder and port, and counts. */
export async function restarts(options: RestartOptions): Promise<RestartCount> {
  const random = seededRandom(options.seed);
  await using parts = new AsyncDisposableStack();
  const { script, writing } = storytellerAtWork();
  const backend = parts.use(await scriptedAiBackend(script));
  const folder = parts.use(await temporaryFolder());
  const env = {
    ...options.env,
    GRPC_AI_BACKEND_HOST: backend.host,
    GRPC_AI_BACKEND_PORT: String(backend.port),
    LOG_LEVEL: 'info',
  };
  let server: SpawnedServer = await spawnServer({ dataDir: folder.path, env });
  parts.defer(() => server[Symbol.asyncDispose]());
  const port = String(server.port);

  const devices: Device[] = [];
  for (const over of transports) {
    for (let index = 0; index < options.devices; index += 1) {
      const user = await signUp(server.url, `${over}-${index}@example.org`);
      devices.push(parts.use(device({ url: server.url, user, over })));
    }
  }
  const talkers = devices.map((one, who) =>
    talk(one, (turn) => ({
      key: `${options.seed}-${who}-${turn}`,
      pieces: 1 + Math.floor(random() * (options.pieces ?? 150)),
      paceMs: random() < 0.2 ? 0 : 1 + Math.floor(random() * 8),
    })),
  );

  const exitMs: number[] = [];
  const readyMs: number[] = [];
  const resumedMs: number[] = [];
  let cutShort = 0;
  const cut = new Set<Turn>();
  let badExits = 0;
  const files = createBreachFiles();
  for (let round = 0; round < options.rounds; round += 1) {
    await after(20 + random() * 600);
    while (options.amidAnswers === true && !talkers.flatMap(underWay).some(isShown)) await after(1);
    const signalled = performance.now();
    const code = await server.kill(options.signal);
    exitMs.push(performance.now() - signalled);
    if (options.signal === 'SIGTERM' && code !== 0) badExits += 1;
    const open = talkers.flatMap(underWay);
    cutShort += open.length;
    for (const turn of open) cut.add(turn);
    const executed = performance.now();
    server = await spawnServer({ dataDir: folder.path, env: { ...env, PORT: port } });
    const ready = performance.now();
    readyMs.push(ready - executed);
    const { endingMs = 100_000 } = options;
    const late = after(endingMs, 'late' as const, { ref: false });
    for (const { screen, messageId, over, question } of open) {
      // There are fewer devices than calls that may go on at once: whatever is streaming is being written.
      const isOrphan = () => !writing.has(question) && isStreaming(folder.path, messageId);
      if ((await Promise.race([screen.ended, late])) === 'late' && isOrphan()) {
        // The server may have been about to ask.
        await after(endingMs, undefined, { ref: false });
        if (isOrphan()) {
          screen.complain(
            `message ${messageId} was streaming without a writer ${endingMs / 1000} s after the restart (${over})`,
          );
        }
      }
      resumedMs.push(Math.max(0, screen.changedAt - ready));
    }
    const turns = talkers.flatMap((talker) => talker.turns);
    await files.keep(turns, `round ${round + 1}`);
    options.onRound?.(round, { turns: turns.length, breaches: breachesOf(turns) });
  }

  for (const talker of talkers) talker.hush();
  await Promise.all(talkers.map(({ silent }) => silent));
  if ((await server.kill('SIGTERM')) !== 0) badExits += 1;
  const turns = talkers.flatMap((talker) => talker.turns);
  await files.keep(turns, 'the end');
  return {
    rounds: options.rounds,
    turns: turns.length,
    retries: talkers.reduce((sum, { repeats }) => sum + repeats.attempts - repeats.calls, 0),
    cutShort,
    wentOn: [...cut].filter(({ question, screen }) => screen.text === answerTo(question)).length,
    ...audit(folder.path, turns),
    endings: countBy(turns, ({ ending }) => ending?.status ?? 'none'),
    breaches: breachesOf(turns),
    breachFolder: files.folder,
    exitMs: spread(exitMs),
    readyMs: spread(readyMs),
    resumedMs: spread(resumedMs),
    badExits,
  };
}

const isShown = ({ screen }: Turn): boolean => screen.text !== '';
const underWay = ({ turns }: Talker): Turn[] => turns.slice(-1).filter(({ screen }) => !screen.isEnded);

/** All breaches of the law, with who saw them. */
export const breachesOf = (turns: readonly Turn[]): string[] =>
  turns.flatMap(({ messageId, over, screen }) =>
    screen.breaches.map((breach) => `${over}, message ${messageId}: ${breach}`),
  );

/** Counts things by a word for each. */
export function countBy<Item>(items: readonly Item[], word: (item: Item) => string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const item of items) counts[word(item)] = (counts[word(item)] ?? 0) + 1;
  return counts;
}

/** The middle and the end of some figures, rounded. */
export function spread(figures: readonly number[]): { median: number; longest: number } {
  const sorted = figures.toSorted((a, b) => a - b);
  return {
    median: Math.round(sorted[Math.floor(sorted.length / 2)] ?? 0),
    longest: Math.round(sorted.at(-1) ?? 0),
  };
}
