import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

import { deferred } from '../deferred.ts';
import { type LinkShape, type LinkState, pump } from './pump.ts';
import { seededRandom } from './random.ts';

/** A TCP proxy whose link can be broken in every way that links break. */
export interface FaultProxy extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** How many connections go through it now. */
  readonly connections: number;
  /** How many connections were made so far, those refused not counted. */
  readonly accepted: number;
  /** Carries bytes again, for old connections that were frozen and for new ones. */
  up(): void;
  /** Resets all connections, and every new one at once, until `up`. */
  cut(): void;
  /** Resets all connections; new ones go through. */
  drop(): void;
  /** Carries nothing and says nothing: to both ends the other seems silent (half-open) until `up`. */
  freeze(): void;
  /** Lets today's connections hang for good, as those of a machine that went away; new ones go through. */
  abandon(): void;
  /** Changes how bytes travel from now on. */
  shape(shape: LinkShape): void;
  close(): Promise<void>;
}

/**
 * Starts a proxy on a free loopback port.
 * @param options.target where it leads
 * @param options.seed repeats the cuts between slices
 */
export async function faultProxy(options: {
  target: { host?: string; port: number };
  seed?: number;
  shape?: LinkShape;
}): Promise<FaultProxy> {
  const { target } = options;
  const links = new Set<() => void>();
  const abandoned = new WeakSet<() => void>();
  const random = seededRandom(options.seed ?? 1);
  let shape = options.shape ?? {};
  let frozen = null as ReturnType<typeof deferred<void>> | null;
  let refuses = false;
  let accepted = 0;
  const stateOf = (link: () => void, hangsUp: Promise<void>): LinkState => ({
    get shape() {
      return shape;
    },
    get thawed() {
      return abandoned.has(link) ? hangsUp : (frozen?.promise ?? Promise.resolve());
    },
    random,
  });

  // Half-closed on purpose: an end is passed on after the bytes before it.
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client: Socket) => {
    if (refuses) {
      client.on('error', () => {});
      client.resetAndDestroy();
      return;
    }
    accepted += 1;
    const upstream = connect({
      host: target.host ?? '127.0.0.1',
      port: target.port,
      allowHalfOpen: true,
      noDelay: true,
    });
    const over = new AbortController();
    const reset = () => {
      if (!links.delete(reset)) return;
      over.abort();
      for (const socket of [client, upstream]) socket.resetAndDestroy();
    };
    links.add(reset);
    for (const socket of [client, upstream]) {
      socket.on('error', reset);
      socket.on('close', () => {
        if (client.destroyed && upstream.destroyed) links.delete(reset);
      });
    }
    upstream.on('data', () => {
      if (random() < (shape.lostAnswers ?? 0)) reset();
    });
    const state = stateOf(
      reset,
      new Promise((resolve) => over.signal.addEventListener('abort', () => resolve())),
    );
    const both = [pump(client, upstream, state, over.signal), pump(upstream, client, state, over.signal)];
    for (const way of both) way.catch(reset);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  const dropAll = () => {
    for (const reset of links) reset();
  };
  const thaw = () => {
    frozen?.resolve();
    frozen = null;
  };
  const close = async () => {
    thaw();
    dropAll();
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    await closed;
  };
  const address = server.address() as AddressInfo;
  return {
    host: '127.0.0.1',
    port: address.port,
    get connections() {
      return links.size;
    },
    get accepted() {
      return accepted;
    },
    up() {
      refuses = false;
      thaw();
    },
    cut() {
      refuses = true;
      thaw();
      dropAll();
    },
    drop: dropAll,
    freeze() {
      frozen ??= deferred();
    },
    abandon() {
      for (const link of links) abandoned.add(link);
    },
    shape(next) {
      shape = next;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
