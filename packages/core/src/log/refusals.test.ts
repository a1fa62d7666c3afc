import { expect, test } from 'vitest';
import { createFakeClock } from '../../test/fake-clock.ts';
import { createMemoryLog } from '../../test/memory-log.ts';
import { createRefusals } from './refusals.ts';

function make() {
  const [log, clock] = [createMemoryLog(), createFakeClock()];
  return { log, clock, refusals: createRefusals({ log, clock }) };
}

test('a kind and an address have one line a minute, with how many and who', () => {
  const { log, clock, refusals } = make();
  for (let round = 0; round < 1000; round += 1) {
    refusals.count({ kind: 'limit', address: '192.0.2.1', userId: round % 2 });
  }
  refusals.count({ kind: 'origin', address: '192.0.2.1' });
  refusals.count({ kind: 'limit', address: '::ffff:192.0.2.2' });
  clock.advance(59_999);
  expect(log.lines).toEqual([]);
  clock.advance(1);
  expect(log.lines).toEqual(
    [
      { kind: 'limit', address: '192.0.2.1', count: 1000, userIds: [0, 1] },
      { kind: 'origin', address: '192.0.2.1', count: 1 },
      { kind: 'limit', address: '192.0.2.2', count: 1 },
    ].map((fields) => ({ level: 'warn', fields, text: 'turned away' })),
  );
  expect(clock.pending).toBe(0);
  refusals.count({ kind: 'limit', address: '192.0.2.1' });
  clock.advance(60_000);
  expect(log.lines.slice(3)).toMatchObject([{ fields: { count: 1 } }]);
});

test('an IPv6 address is counted by its network, and what is no address is not repeated', () => {
  const { log, refusals } = make();
  refusals.count({ kind: 'logIn', address: '2001:db8:1:2:3::4' });
  refusals.count({ kind: 'logIn', address: '2001:db8:1:2:ffff::' });
  refusals.count({ kind: 'logIn', address: 'secret text' });
  refusals.close();
  expect(log.lines.map(({ fields }) => fields)).toEqual([
    { kind: 'logIn', address: '2001:db8:1:2::/64', count: 2 },
    { kind: 'logIn', address: 'unknown', count: 1 },
  ]);
});

test('a hundred thousand addresses, each with many users, take a few hundred lines and lose no count', () => {
  const { log, refusals } = make();
  for (let host = 0; host < 100_000; host += 1) {
    const address = `10.${host >> 16}.${(host >> 8) & 255}.${host & 255}`;
    refusals.count({ kind: host % 2 === 0 ? 'logIn' : 'limit', address, userId: host });
  }
  refusals.flush();
  expect(log.lines).toHaveLength(202);
  const counts = log.lines.map(({ fields }) => Number(Reflect.get(fields, 'count')));
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(100_000);
  const others = log.lines.filter(({ fields }) => Reflect.get(fields, 'address') === 'others');
  expect(others.map(({ fields }) => Reflect.get(fields, 'userIds'))).toMatchObject([
    { length: 5 },
    { length: 5 },
  ]);
});

test('closing writes the rest, and what comes later is written at once', () => {
  const { log, clock, refusals } = make();
  refusals.count({ kind: 'frame', address: '192.0.2.1' });
  refusals.close();
  expect(log.lines).toHaveLength(1);
  refusals.count({ kind: 'connection', address: '192.0.2.1' });
  expect(log.lines).toHaveLength(2);
  expect(clock.pending).toBe(0);
});
