import { AmandaError, type Batch } from '@amanda/api';

/**
 * Makes the calls of one HTTP batch one after another, where tRPC would begin all at once and hold all their answers.
 * @param maxBytes once the answers exceed this many bytes together, the remaining calls are refused
 */
export function createBatch(maxBytes: number): Batch {
  let before: Promise<unknown> = Promise.resolve();
  let bytes = 0;
  return {
    inTurn(call) {
      const made = before.then(async () => {
        if (bytes > maxBytes) throw new AmandaError('BATCH_FULL');
        const result = await call();
        bytes += bytesOf(result);
        return result;
      });
      before = made.catch(() => undefined);
      return made;
    },
  };
}

/** About what a value takes as JSON: its texts in UTF-8, and a little for everything else. */
function bytesOf(value: unknown): number {
  if (typeof value === 'string') return Buffer.byteLength(value) + 2;
  if (typeof value !== 'object' || value === null || value instanceof Date) return 16;
  let bytes = 2;
  for (const [key, part] of Object.entries(value)) bytes += key.length + 4 + bytesOf(part);
  return bytes;
}
