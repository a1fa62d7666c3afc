import { expect, it } from 'vitest';
import { type ConnectionBound, createConnections, type Peer } from '../src/connections/connections.ts';

function make() {
  const refused: (readonly [ConnectionBound, Peer])[] = [];
  const connections = createConnections({
    limits: { perUser: 2, strangersPerAddress: 2, usersPerAddress: 5 },
    onRefused: (bound, peer) => refused.push([bound, peer]),
  });
  return { connections, refused };
}

const stranger = (address = '192.0.2.1'): Peer => ({ address, userId: null });
const user = (userId: number, address = '192.0.2.1'): Peer => ({ address, userId });

it('lets in as many of a user, from wherever they come', () => {
  const { connections, refused } = make();
  const first = connections.enter(user(1, '192.0.2.1'));
  connections.enter(user(1, '192.0.2.2'));
  expect(connections.enter(user(1, '192.0.2.3'))).toBeNull();
  expect(refused).toEqual([['perUser', user(1, '192.0.2.3')]]);
  first?.leave();
  first?.leave();
  expect(connections.enter(user(1))).not.toBeNull();
  expect(connections.enter(user(1))).toBeNull();
  expect(connections.size).toBe(2);
});

it('lets in as many strangers of an address, and its users besides', () => {
  const { connections, refused } = make();
  const places = [stranger(), stranger('::ffff:192.0.2.1')].map((peer) => connections.enter(peer));
  expect(connections.enter(stranger())).toBeNull();
  expect(refused).toEqual([['strangersPerAddress', stranger()]]);
  expect(connections.enter(stranger('192.0.2.2'))).not.toBeNull();
  expect(connections.enter(user(1))).not.toBeNull();
  places[0]?.leave();
  expect(connections.enter(stranger())).not.toBeNull();
});

it('lets in as many users of an address, whoever they are', () => {
  const { connections, refused } = make();
  for (const id of [1, 1, 2, 2, 3]) expect(connections.enter(user(id))).not.toBeNull();
  expect(connections.enter(user(4))).toBeNull();
  expect(refused).toEqual([['usersPerAddress', user(4)]]);
  expect(connections.enter(user(4, '192.0.2.2'))).not.toBeNull();
});

it('counts a stranger as a user from its token on', () => {
  const { connections } = make();
  const [first, second] = [connections.enter(stranger()), connections.enter(stranger())];
  expect(first?.claim(1)).toBe(true);
  expect(first?.claim(1)).toBe(true);
  expect(connections.enter(stranger())).not.toBeNull();
  expect(connections.enter(user(1))).not.toBeNull();
  expect(second?.claim(1)).toBe(false);
  // It is still there as the stranger that it was.
  expect(connections.enter(stranger())).toBeNull();
  first?.leave();
  expect(second?.claim(1)).toBe(true);
  expect(connections.enter(stranger())).not.toBeNull();
});

it('gives no user a place whose connection has gone meanwhile', () => {
  const { connections } = make();
  const place = connections.enter(stranger());
  place?.leave();
  expect(place?.claim(1)).toBe(false);
  expect(connections.size).toBe(0);
  for (const _ of [1, 2]) expect(connections.enter(user(1))).not.toBeNull();
});
