/** Hears of one topic. Hints are merged: what matters is that something changed, never what. */
export interface Watcher {
  /** Resolves at the next hint, at once when one came since the last call, and when it is closed. */
  changed(): Promise<void>;
  /** Whether a ping is due; asking takes it. */
  pingDue(): boolean;
  /** Leaves the topic and releases a waiting `changed`. */
  close(): void;
}

/**
 * Hints that something changed, by topic. A hint carries nothing and may be lost: whoever watches reads the truth from
 * the journal. Watchers cost no timer and no queue.
 */
export interface Topics<K> {
  publish(topic: K): void;
  /** Watch first, then read; the caller closes the watcher. */
  watch(topic: K): Watcher;
  /** Makes a ping due for every watcher. */
  pingAll(): void;
  /** The topics that somebody watches now. */
  watched(): readonly K[];
}

/** Makes an empty set of topics; it holds nothing but its watchers. */
export function createTopics<K>(): Topics<K> {
  const topics = new Map<K, Set<Subscription>>();

  return {
    publish(topic) {
      for (const subscription of topics.get(topic) ?? []) subscription.hint();
    },
    watch(topic) {
      let subscriptions = topics.get(topic);
      if (subscriptions === undefined) topics.set(topic, (subscriptions = new Set()));
      const subscription = new Subscription(() => {
        subscriptions.delete(subscription);
        if (subscriptions.size === 0 && topics.get(topic) === subscriptions) topics.delete(topic);
      });
      subscriptions.add(subscription);
      return subscription;
    },
    pingAll() {
      for (const subscriptions of topics.values()) for (const one of subscriptions) one.ping();
    },
    watched: () => [...topics.keys()],
  };
}

/** A class, since there are thousands of these: its methods are shared. */
class Subscription implements Watcher {
  #dirty = false;
  #ping = false;
  #closed = false;
  #wake: (() => void) | undefined;
  readonly #leave: () => void;

  constructor(leave: () => void) {
    this.#leave = leave;
  }

  hint(): void {
    this.#dirty = true;
    this.#release();
  }

  ping(): void {
    this.#ping = true;
    this.#release();
  }

  changed(): Promise<void> {
    if (this.#dirty || this.#ping || this.#closed) {
      this.#dirty = false;
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      this.#wake = () => {
        this.#dirty = false;
        resolve();
      };
    });
  }

  pingDue(): boolean {
    const due = this.#ping;
    this.#ping = false;
    return due;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#leave();
    this.#release();
  }

  #release(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}
