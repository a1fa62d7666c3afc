import type { dataTagErrorSymbol, dataTagSymbol } from '@tanstack/react-query';

/**
 * What TanStack Query knows of a key: the data and the error of its query. An interface, for its own `DataTag` spells
 * the symbols out, and an app that emits declarations cannot name those. `build.ts` puts it in the place of that.
 */
export interface KeyTag<Data, Failure> {
  [dataTagSymbol]: Data;
  [dataTagErrorSymbol]: Failure;
}

/** A key that says what it leads to. */
export type DataTag<Key, Data, Failure> = Key & KeyTag<Data, Failure>;
