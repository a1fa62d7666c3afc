import { useSyncExternalStore } from 'react';

/** A value that components can watch. */
export interface Signal<Value> {
  readonly get: () => Value;
  readonly set: (value: Value) => void;
  readonly subscribe: (listener: () => void) => () => void;
}

/** Makes a value that can be watched. */
export function createSignal<Value>(first: Value): Signal<Value> {
  let value = first;
  const listeners = new Set<() => void>();
  return {
    get: () => value,
    set(next) {
      if (Object.is(next, value)) return;
      value = next;
      for (const listener of listeners) listener();
    },
    subscribe(listener) {
      const own = () => listener();
      listeners.add(own);
      return () => {
        listeners.delete(own);
      };
    },
  };
}

/** The value now, and a render after each change. */
export function useSignal<Value>(signal: Pick<Signal<Value>, 'get' | 'subscribe'>): Value {
  return useSyncExternalStore(signal.subscribe, signal.get, signal.get);
}
