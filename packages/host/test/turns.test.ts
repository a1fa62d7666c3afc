import { describe, expect, it } from 'vitest';

import { partyNamed } from '../src/turns/party.ts';
import { createTurns } from '../src/turns/turns.ts';

/** A connection with pieces of work, which writes its name down at each. */
function worker(name: string, pieces: number, done: string[], whenDone: () => void = () => {}) {
  let left = pieces;
  return {
    work() {
      done.push(name);
      left -= 1;
      if (left === 0) whenDone();
      return left > 0;
    },
  };
}

/** By which every piece takes the same time. */
const stillClock = () => 0;

describe('turns', () => {
  it('give a late party its piece after one of each other, however much others have waiting', async () => {
    const turns = createTurns(stillClock);
    const done: string[] = [];
    const finished = Promise.withResolvers<void>();
    turns.enter('greedy', worker('greedy', 1_000, done));
    turns.enter('other', worker('other', 1_000, done));
    turns.enter('late', worker('late', 1, done, finished.resolve));
    await finished.promise;
    expect(done).toEqual(['greedy', 'other', 'late']);
  });

  it('are no more for a party with many connections, which take theirs in turn', async () => {
    const turns = createTurns(stillClock);
    const done: string[] = [];
    const finished = Promise.withResolvers<void>();
    for (let index = 0; index < 100; index += 1) turns.enter('crowd', worker(`crowd ${index}`, 10, done));
    turns.enter('one', worker('one', 3, done, finished.resolve));
    await finished.promise;
    expect(done).toEqual(['crowd 0', 'one', 'crowd 1', 'one', 'crowd 2', 'one']);
  });

  it('come to an end, and let the event loop round between a few pieces', async () => {
    const turns = createTurns(stillClock);
    const done: string[] = [];
    const finished = Promise.withResolvers<void>();
    let most = 0;
    let before = 0;
    const watch = () => {
      most = Math.max(most, done.length - before);
      before = done.length;
      if (done.length < 100) setImmediate(watch);
    };
    turns.enter('one', worker('one', 100, done, finished.resolve));
    setImmediate(watch);
    await finished.promise;
    expect(done).toHaveLength(100);
    expect(most).toBeLessThanOrEqual(8);
  });

  it('let whoever waits for one piece begin after one of each other party', async () => {
    const turns = createTurns(stillClock);
    const done: string[] = [];
    turns.enter('greedy', worker('greedy', 100, done));
    const [late] = [turns.turn('late')];
    expect(late).toBeInstanceOf(Promise);
    await late;
    expect(done).toEqual(['greedy']);
    expect(createTurns(stillClock).turn('alone')).toBeUndefined();
  });

  it('are not needed while nobody waits, for a few pieces in each round', async () => {
    const turns = createTurns(stillClock);
    const taken = () => Array.from({ length: 20 }, () => turns.take()).filter(Boolean).length;
    expect(taken()).toBe(8);
    await new Promise(setImmediate);
    expect(taken()).toBe(8);
    turns.enter('one', { work: () => false });
    await new Promise(setImmediate);
    turns.enter('one', { work: () => false });
    expect(turns.take()).toBe(false);
  });

  it('are fewer for a party whose pieces take long, so that short calls do not queue up behind them', async () => {
    let now = 0;
    const turns = createTurns(() => now);
    const done: string[] = [];
    const finished = Promise.withResolvers<void>();
    const slow = worker('slow', 100, done);
    turns.enter('user 1', {
      work() {
        // Most of what a call does comes in promises.
        void Promise.resolve().then(() => (now += 50));
        return slow.work();
      },
    });
    for (let call = 0; call < 20; call += 1) turns.enter('user 2', worker('short', 1, done));
    turns.enter('user 2', worker('short', 1, done, finished.resolve));
    await finished.promise;
    expect(done.filter((name) => name === 'slow')).toHaveLength(1);
  });

  it('wait for one of all strangers, when a user asks, however many addresses they have', async () => {
    const turns = createTurns(stillClock);
    const done: string[] = [];
    const finished = Promise.withResolvers<void>();
    for (let index = 0; index < 400; index += 1) {
      turns.enter(partyNamed(`192.0.2.${index}`, null), worker('stranger', 1, done));
    }
    turns.enter(partyNamed('192.0.2.1', 1), worker('user', 3, done, finished.resolve));
    await finished.promise;
    expect(done.filter((name) => name === 'stranger').length).toBeLessThanOrEqual(3);
  });

  it('are left to strangers too while users ask on and on', async () => {
    const turns = createTurns(stillClock);
    const done: string[] = [];
    const finished = Promise.withResolvers<void>();
    for (let user = 0; user < 100; user += 1) turns.enter(partyNamed('', user), worker('user', 100, done));
    turns.enter(partyNamed('192.0.2.1', null), worker('stranger', 3, done, finished.resolve));
    await finished.promise;
    expect(done.filter((name) => name === 'user').length).toBeLessThanOrEqual(3);
  });
});
