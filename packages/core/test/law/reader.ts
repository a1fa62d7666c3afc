import type { Placed, StreamEvent } from '@amanda/contract';
import type { RunEngine } from '../../src/runs/create-runs.ts';
import type { Gate } from '../../src/runs/runs.ts';

/** A gate that is opened and closed by hand. */
export interface HandGate extends Gate {
  open: boolean;
  toggle(): void;
}

function createHandGate(open: boolean): HandGate {
  let waiting: (() => void)[] = [];
  return {
    open,
    toggle() {
      this.open = !this.open;
      if (!this.open) return;
      for (const resolve of waiting) resolve();
      waiting = [];
    },
    ready(signal) {
      if (this.open) return undefined;
      return new Promise((resolve, reject) => {
        waiting.push(resolve);
        signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      });
    },
  };
}

interface Subscription {
  readonly events: AsyncGenerator<Placed<StreamEvent>, void, undefined>;
  readonly abort: AbortController;
  pulling: boolean;
  over: boolean;
  /** What this subscription alone has given, from its place on. */
  text: string;
}

/** A client that shows one message. */
export interface Reader {
  readonly messageId: number;
  readonly text: string;
  readonly gate: HandGate;
  /** The newest place it was at. */
  readonly place: string | undefined;
  /** Whether its newest subscription ended, by an `end` or by a deletion. */
  readonly ended: boolean;
  readonly sawEnd: boolean;
  pull(): void;
  /** Subscribes anew at a place that it was at before. */
  reconnect(engine: RunEngine, place: number, mode: 'keep' | 'switch' | 'reload'): void;
  /** Subscribes anew where it is. */
  resume(engine: RunEngine): void;
  leave(): void;
}

/**
 * Makes a client and subscribes it.
 * @param judge is told each event after it was applied
 */
export function createReader(options: {
  engine: RunEngine;
  userId: number;
  messageId: number;
  gated: boolean;
  /** A place of another message, which is none here. */
  stray: string | undefined;
  judge: (reader: Reader, event: Placed<StreamEvent>, alone: string) => void;
  onError: (error: unknown) => void;
}): Reader {
  const { userId, messageId, judge, onError } = options;
  const places: { id: string | undefined; text: string }[] = [{ id: undefined, text: '' }];
  const subscriptions: Subscription[] = [];
  const gate = createHandGate(!options.gated);
  let text = '';
  let sawEnd = false;

  const subscribe = (engine: RunEngine, from: string | undefined, alone: string): void => {
    const abort = new AbortController();
    const events = engine.follow(userId, { messageId, from }, { signal: abort.signal, gate });
    subscriptions.push({ events, abort, pulling: false, over: false, text: alone });
  };

  const apply = (subscription: Subscription, event: Placed<StreamEvent>): void => {
    if (event.type !== 'ping' && event.type !== 'end') {
      const offset = event.type === 'delta' ? event.offset : 0;
      if (event.type === 'delta' && offset !== subscription.text.length)
        throw new Error(`a hole before ${event.id}`);
      if (!event.text.isWellFormed()) throw new Error(`${event.id} cuts a pair`);
      subscription.text = event.type === 'reset' ? event.text : subscription.text + event.text;
      if (offset > text.length) throw new Error(`${event.id} begins beyond what is shown`);
      if (event.type === 'reset') text = event.text;
      else text += event.text.slice(text.length - offset);
      places.push({ id: event.id, text: subscription.text });
    }
    // Without a message the chat was deleted: after its restoration a client comes back.
    if (event.type === 'end') sawEnd = event.message !== undefined;
    judge(reader, event, subscription.text);
  };

  const next = async (subscription: Subscription): Promise<void> => {
    subscription.pulling = true;
    try {
      const result = await subscription.events.next();
      if (result.done === true) subscription.over = true;
      else if (!subscription.abort.signal.aborted) apply(subscription, result.value);
    } catch (error) {
      subscription.over = true;
      onError(error);
    } finally {
      subscription.pulling = false;
    }
  };

  const reader: Reader = {
    messageId,
    gate,
    get text() {
      return text;
    },
    get place() {
      return places.at(-1)?.id;
    },
    get ended() {
      return subscriptions.at(-1)?.over ?? true;
    },
    get sawEnd() {
      return sawEnd;
    },
    pull() {
      for (const one of subscriptions) if (!one.pulling && !one.over) void next(one);
    },
    reconnect(engine, place, mode) {
      sawEnd = false;
      const from = places[place % places.length] ?? { id: undefined, text: '' };
      if (mode !== 'keep') this.leave();
      if (mode === 'reload') {
        text = from.text;
        // Of the places that it was at, only those in what it still shows are its own.
        places.splice(place % places.length, places.length, from);
      }
      subscribe(engine, from.id, from.text);
    },
    resume(engine) {
      this.reconnect(engine, places.length - 1, 'switch');
    },
    leave() {
      for (const one of subscriptions.splice(0)) one.abort.abort();
    },
  };
  subscribe(options.engine, options.stray, '');
  return reader;
}
