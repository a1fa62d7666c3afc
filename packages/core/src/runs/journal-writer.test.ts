import type { Transactions } from '@amanda/db';
import { expect, it } from 'vitest';
import { createFakeClock } from '../../test/fake-clock.ts';
import { silentLog } from '../log/log.ts';
import { createJournalWriter, type JournalTarget } from './journal-writer.ts';

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A writer for one run, on a database that takes its time. */
function writing(tookMs: number) {
  const clock = createFakeClock();
  const commits: { at: number; text: string }[] = [];
  const transactions: Pick<Transactions, 'append' | 'readRun'> = {
    async append(entries) {
      commits.push({ at: clock.monotonic(), text: entries.map(({ text }) => text).join('') });
      await new Promise<void>((resolve) => clock.setTimeout(resolve, tookMs));
      return entries.map(() => true);
    },
    readRun: () => Promise.resolve(undefined),
  };
  const journal = createJournalWriter({ transactions, clock, log: silentLog, windowMs: 5, retryMs: 5000 });
  const target: JournalTarget = {
    runId: 1,
    claim: 'me',
    start: 0,
    committed: 0,
    onCommitted: () => {},
    onLost: () => {},
  };
  return {
    clock,
    commits,
    /** Says a piece each millisecond. */
    async speak(pieces: number) {
      for (let i = 0; i < pieces; i += 1) {
        void journal.write(target, '.');
        clock.advance(1);
        await settle();
      }
    },
    async [Symbol.asyncDispose]() {
      const over = journal.close();
      for (let i = 0; i < 10; i += 1) {
        clock.advance(tookMs);
        await settle();
      }
      await over;
    },
  };
}

it('commits no more often than three times what the last commit took: a slow disk gets larger groups', async () => {
  await using slow = writing(20);
  await slow.speak(200);
  // The first piece at once, the next groups after 60 ms each.
  expect(slow.commits.map(({ at }) => at)).toEqual([0, 60, 120, 180]);
  await using quick = writing(0);
  await quick.speak(22);
  expect(quick.commits.map(({ at }) => at)).toEqual([0, 5, 10, 15, 20]);
});

it.each([-60_000, 60_000])('goes on committing when the wall clock is set by %i ms', async (ms) => {
  await using quick = writing(0);
  await quick.speak(12);
  quick.clock.step(ms);
  await quick.speak(10);
  expect(quick.commits.map(({ at }) => at)).toEqual([0, 5, 10, 15, 20]);
});
