import { parseArgs } from 'node:util';

import { restarts } from './restarts.ts';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string' }, seed: { type: 'string', default: '1' } },
});
const seed = Number(values.seed);
const say = (text: string) => process.stderr.write(text);
const onRound = (round: number, count: { turns: number; breaches: number }) =>
  say(`\rround ${round + 1}, ${count.turns} turns, ${count.breaches} breaches `);

const commands: Readonly<Record<string, () => Promise<object>>> = {
  crash: () =>
    restarts({ rounds: Number(values.rounds ?? 200), seed, signal: 'SIGKILL', devices: 4, onRound }),
  deploy: () =>
    restarts({
      rounds: Number(values.rounds ?? 50),
      seed,
      signal: 'SIGTERM',
      devices: 4,
      env: { DRAIN_SECONDS: '1' },
      onRound,
    }),
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
