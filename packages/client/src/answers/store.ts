import type { Clock, Timer } from '../environment/clock.ts';

/** Where places are kept over a reload: `sessionStorage`, `localStorage`, React Native's `AsyncStorage`, or your own. */
export interface KeyValueStore {
  getItem(key: string): string | null | Promise<string | null>;
  setItem(key: string, value: string): unknown;
  removeItem(key: string): unknown;
}

/** A place in an answer, with the text before it. */
export interface StoredPlace {
  readonly eventId: string;
  readonly text: string;
}

/** The places of the answers that were being written. */
export interface Places {
  get(messageId: number): Promise<StoredPlace | undefined>;
  /** Kept in memory at once, in the store a little later. */
  set(messageId: number, place: StoredPlace): void;
  delete(messageId: number): void;
  clear(): void;
  /** Writes now what would be written later. */
  flush(): void;
}

const key = 'amanda.answers';
/** A write carries the whole text, so it must not happen at each event. */
const writeEveryMs = 1_000;
/** Answers that ended while nobody looked are never deleted, only pushed out. */
const mostPlaces = 20;

/** Makes the memory of places; without a store it lasts as long as the client. A store that fails is not fatal. */
export function createPlaces(store: KeyValueStore | undefined, clock: Clock): Places {
  const places = new Map<number, StoredPlace>();
  /** What ended before the store had answered. */
  const dropped = new Set<number>();
  let loaded = false;
  let timer: Timer | undefined;

  const loading = load(store).then((stored) => {
    for (const [messageId, place] of stored) {
      if (!places.has(messageId) && !dropped.has(messageId)) places.set(messageId, place);
    }
    loaded = true;
    dropped.clear();
  });

  const flush = () => {
    clock.clearTimeout(timer);
    timer = undefined;
    if (store === undefined) return;
    if (places.size === 0) attempt(() => store.removeItem(key));
    else attempt(() => store.setItem(key, JSON.stringify([...places])));
  };
  const soon = () => {
    if (store !== undefined) timer ??= clock.setTimeout(flush, writeEveryMs);
  };

  return {
    async get(messageId) {
      await loading;
      return places.get(messageId);
    },
    set(messageId, place) {
      places.delete(messageId);
      places.set(messageId, place);
      const [oldest] = places.keys();
      if (places.size > mostPlaces && oldest !== undefined) places.delete(oldest);
      soon();
    },
    delete(messageId) {
      if (!loaded) dropped.add(messageId);
      if (places.delete(messageId)) soon();
    },
    clear() {
      places.clear();
      flush();
    },
    flush() {
      if (timer !== undefined) flush();
    },
  };
}

/** Private windows and full disks refuse; the places are then simply not kept. */
function attempt(write: () => unknown): void {
  // At once: a page that goes away runs nothing later.
  const refused = () => {};
  try {
    Promise.resolve(write()).catch(refused);
  } catch {
    refused();
  }
}

async function load(store: KeyValueStore | undefined): Promise<readonly (readonly [number, StoredPlace])[]> {
  try {
    const stored: unknown = JSON.parse((await store?.getItem(key)) ?? '[]');
    return Array.isArray(stored) ? stored.filter(isEntry) : [];
  } catch {
    return [];
  }
}

function isEntry(entry: unknown): entry is readonly [number, StoredPlace] {
  if (!Array.isArray(entry) || typeof entry[0] !== 'number') return false;
  const place: unknown = entry[1];
  return (
    typeof place === 'object' &&
    place !== null &&
    'eventId' in place &&
    typeof place.eventId === 'string' &&
    'text' in place &&
    typeof place.text === 'string'
  );
}
