import { int, type Row } from './transaction.ts';

/**
 * How many of these rows, each with its `bytes`, the page has room for. They are lengths only: what does not fit is
 * never read.
 * @param isEmpty whether the page holds nothing yet: then it takes the first row whatever its size
 */
export function startOfPage(
  rows: readonly Row[],
  room: { readonly limit: number; readonly bytes: number },
  isEmpty = true,
): number {
  let bytes = 0;
  let count = 0;
  for (const row of rows) {
    bytes += int(row, 'bytes');
    const isFirst = isEmpty && count === 0;
    if (count >= room.limit || (bytes > room.bytes && !isFirst)) break;
    count += 1;
  }
  return count;
}
