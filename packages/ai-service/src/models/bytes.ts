import type { ReadableStream } from 'node:stream/web';
import type { ServerError } from 'nice-grpc';

/** How long the next bytes are waited for, in milliseconds, and what it means when none come: an error, or an end. */
export interface ByteLimit {
  ms: number;
  late: ServerError | undefined;
}

/**
 * The bytes of a body as they come. Ends with the body, or when the limit is over and that is no error. The body is
 * cancelled when the reader leaves.
 * @param limit asked before each wait; time that the reader takes itself does not count
 */
export async function* patientBytes(
  body: ReadableStream<Uint8Array>,
  limit: () => ByteLimit,
): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = body.getReader();
  try {
    for (;;) {
      const { ms, late } = limit();
      const { promise: over, resolve: onTime } = Promise.withResolvers<undefined>();
      const timer = setTimeout(() => onTime(undefined), Math.max(0, ms));
      const result = await Promise.race([reader.read(), over]).finally(() => clearTimeout(timer));
      if (result === undefined && late !== undefined) throw late;
      if (result === undefined || result.done) return;
      yield result.value;
    }
  } finally {
    void reader.cancel().catch(() => {});
  }
}
