import { parseArgs } from 'node:util';

import { aiRestarts } from './ai-restarts.ts';
import { makeAttacks, tableOf } from './attacks/run.ts';
import { allCells, suffer } from './faults.ts';
import { heavyStart } from './heavy-start.ts';
import { jitter } from './jitter.ts';
import { manyReaders } from './readers.ts';
import { restarts } from './restarts.ts';
import { retriedSends } from './retries.ts';

// npm run reliability -- crash --rounds 200 --seed 1
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    /** How often, for what comes in rounds; how many, for the rest. */
    rounds: { type: 'string' },
    seed: { type: 'string', default: '1' },
    /** Of the attacks, those whose names match this. */
    only: { type: 'string', default: '' },
  },
});
const seed = Number(values.seed);
const rounds = (usual: number) => Number(values.rounds ?? usual);
const say = (text: string) => process.stderr.write(text);
const onRound = (round: number, count: { turns: number; breaches: readonly string[] }) =>
  say(
    `\rround ${round + 1}, ${count.turns} turns, ${count.breaches.length} breaches ${count.breaches.join('; ')} `,
  );

/** Every fault on every link over every transport, for some seeds. */
async function faultMatrix() {
  const results = [];
  for (const cell of allCells(Array.from({ length: rounds(3) }, (_, index) => seed + index))) {
    const result = await suffer(cell);
    results.push(result);
    const { breaches, fault, link, nextAnswered, over, shown, status, said, tookMs } = result;
    say(`${link}\t${fault}\t${over}\t${cell.seed}\t${status}\t${shown}/${said}\t${tookMs} ms\n`);
    if (breaches.length > 0 || !nextAnswered) say(`  ${JSON.stringify({ breaches, nextAnswered })}\n`);
  }
  return {
    answers: results.length,
    whole: results.filter(({ said, shown }) => said === shown).length,
    breaches: results.flatMap((result) => result.breaches),
    nextUnanswered: results.filter(({ nextAnswered }) => !nextAnswered).length,
  };
}

/** All attacks; the process ends with 1 when a goal was missed. */
async function attacks() {
  const results = await makeAttacks({
    only: values.only,
    onResult: ({ missed, name, saw }) => say(`${missed.join(', ') || 'held'}\t${name}\t${saw}\n`),
  });
  process.stdout.write(tableOf(results));
  const missed = results.filter((result) => result.missed.length > 0);
  if (missed.length > 0) process.exitCode = 1;
  return { attacks: results.length, missed: missed.map(({ name }) => name) };
}

const commands: Readonly<Record<string, () => Promise<object>>> = {
  attacks,
  crash: () =>
    restarts({ rounds: rounds(200), seed, signal: 'SIGKILL', devices: 3, endingMs: 5_000, onRound }),
  deploy: () =>
    restarts({
      rounds: rounds(50),
      seed,
      signal: 'SIGTERM',
      devices: 3,
      endingMs: 5_000,
      env: { DRAIN_SECONDS: '1' },
      onRound,
    }),
  ai: () => aiRestarts({ rounds: rounds(100), seed, devices: 3 }),
  start: () => heavyStart({ openRuns: rounds(1_000), textLength: 20_000, afterCrash: 'continue' }),
  faults: faultMatrix,
  jitter: () =>
    jitter({
      trpc: rounds(1_000),
      socketIo: rounds(1_000) / 5,
      dropMs: 2_000,
      upMs: 3_000,
      answer: { pieces: 1_500, paceMs: 40 },
      seed,
    }),
  readers: () => manyReaders({ readers: rounds(1_000), pieces: 400 }),
  retries: () => retriedSends({ sends: rounds(10_000), seed }),
};

const command = commands[positionals[0] ?? ''];
if (command === undefined) {
  say(`name one of: ${Object.keys(commands).join(', ')}\n`);
  process.exitCode = 1;
} else {
  const count = await command();
  say('\n');
  process.stdout.write(`${JSON.stringify(count, null, 2)}\n`);
}
