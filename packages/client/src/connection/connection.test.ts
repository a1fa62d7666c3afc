import { describe, expect, it } from 'vitest';
import { createConnection } from './connection.ts';

describe('the connection', () => {
  it('is open when all that need a link have one', () => {
    let now = 0;
    const connection = createConnection(() => now, 'websocket');
    const seen: string[] = [];
    connection.subscribe(() => seen.push(connection.getSnapshot().status));
    const feed = connection.enter();
    const answer = connection.enter();
    feed.up();
    now = 5;
    answer.up();
    expect(connection.getSnapshot()).toEqual({
      status: 'open',
      since: 5,
      transport: 'websocket',
      reason: null,
    });
    answer.down();
    answer.leave();
    feed.leave();
    expect(seen).toEqual(['connecting', 'open', 'reconnecting', 'open', 'idle']);
  });

  it('gives the same object as long as nothing changes', () => {
    const connection = createConnection(() => 0, 'websocket');
    const party = connection.enter();
    party.up();
    const before = connection.getSnapshot();
    party.up();
    connection.setTransport('websocket');
    expect(connection.getSnapshot()).toBe(before);
  });

  it('believes what comes through more than what the device says', () => {
    const connection = createConnection(() => 0, 'websocket');
    const party = connection.enter();
    connection.setOffline(true);
    expect(connection.getSnapshot().status).toBe('offline');
    party.up();
    expect(connection.getSnapshot().status).toBe('open');
  });

  it('says why the session ended, also when that is heard after a refused call, until somebody logs in', () => {
    const connection = createConnection(() => 0, 'websocket');
    const seen: (string | null)[] = [];
    connection.subscribe(() => seen.push(connection.getSnapshot().reason));
    connection.hold('signedOut');
    connection.hold('signedOut', 'revoked');
    connection.hold('signedOut');
    connection.hold(null);
    connection.hold('signedOut');
    expect(seen).toEqual([null, 'revoked', null, null]);
  });

  it('stays outdated and closed, but not signed out', () => {
    const connection = createConnection(() => 0, 'websocket');
    connection.hold('signedOut');
    connection.hold(null);
    expect(connection.getSnapshot().status).toBe('idle');
    connection.hold('outdated');
    connection.hold(null);
    expect(connection.getSnapshot().status).toBe('outdated');
    connection.hold('closed');
    connection.hold('outdated');
    expect(connection.getSnapshot().status).toBe('closed');
  });
});
