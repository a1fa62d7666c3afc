import { expect, test } from 'vitest';
import { createFakeClock } from '../../test/fake-clock.ts';
import { createMemoryLog } from '../../test/memory-log.ts';
import { createSweeper } from './sweeper.ts';

test('a sweep that fails is told to the log by its name and keeps no other from its work', async () => {
  const log = createMemoryLog();
  const ran: string[] = [];
  const fails = (name: string) => () => {
    ran.push(name);
    return Promise.reject(new Error(`${name} is broken`));
  };
  const sweeper = createSweeper({
    hot: { sweep: () => fails('rows')() },
    clock: createFakeClock(),
    log,
    alsoSweep: {
      sessions: fails('sessions'),
      mailTokens: fails('mailTokens'),
      audit: () => {
        ran.push('audit');
        return Promise.resolve(0);
      },
    },
  });
  await sweeper.sweep();
  await sweeper.close();
  expect(ran).toEqual(['sessions', 'mailTokens', 'audit', 'rows']);
  expect(log.lines.map(({ fields }) => Reflect.get(fields, 'sweep'))).toEqual([
    'sessions',
    'mailTokens',
    'rows',
  ]);
});
