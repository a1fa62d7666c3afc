import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { createLoopShare } from './loop-share.ts';

it('lets others have a turn once the work of one turn has taken its time', async () => {
  let now = 0;
  const share = createLoopShare({ monotonic: () => now });
  expect(share.spend()).toBeUndefined();
  now += 3;
  expect(share.spend()).toBeUndefined();
  now += 1;
  const waits = [share.spend(), share.spend()];
  let turns = 0;
  void setImmediate().then(() => (turns += 1));
  for (const wait of waits) await wait;
  await setImmediate();
  expect(waits).toEqual([expect.any(Promise), expect.any(Promise)]);
  expect(turns).toBe(1);
});

it('counts the time of one turn only, so that slow work never waits', async () => {
  let now = 0;
  const share = createLoopShare({ monotonic: () => now });
  for (let piece = 0; piece < 5; piece += 1) {
    expect(share.spend()).toBeUndefined();
    now += 100;
    await setImmediate();
  }
});
