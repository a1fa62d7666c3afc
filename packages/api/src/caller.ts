import { isTrackedEnvelope } from '@trpc/server';
import { isAsyncIterable } from './is-async-iterable.ts';

/**
 * Makes what a caller's subscriptions give what their types say: `{ id, data }`, as every client of tRPC gets it. tRPC
 * itself hands its envelope, `[id, data, symbol]`, to callers in the process.
 */
export function withOpenEnvelopes<Caller extends object>(caller: Caller): Caller {
  return new Proxy(caller, {
    get(target, name, receiver) {
      const part: unknown = Reflect.get(target, name, receiver);
      return typeof part === 'function' ? withOpenEnvelopes(part) : part;
    },
    async apply(target, self, input: unknown[]) {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- whatever is called is a function
      const result: unknown = await Reflect.apply(target as () => unknown, self, input);
      return isAsyncIterable(result) ? opened(result) : result;
    },
  });
}

async function* opened(source: AsyncIterable<unknown>): AsyncGenerator<unknown, void, undefined> {
  for await (const event of source) yield isTrackedEnvelope(event) ? { id: event[0], data: event[1] } : event;
}
