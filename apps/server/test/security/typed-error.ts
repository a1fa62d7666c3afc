import { errorTable } from '@amanda/contract';
import type { Answer } from './http-client.ts';

/** What an error over tRPC says, checked against the table. */
export interface TypedError {
  readonly code: string;
  readonly status: number;
}

/** The error in one answer of tRPC; null when it is a result. @throws when it is neither, or not one of the table */
export function errorIn(answer: unknown): TypedError | null {
  const error = at(answer, 'error', 'json');
  if (error === undefined) {
    if (at(answer, 'result') === undefined)
      throw new Error(`neither result nor error: ${JSON.stringify(answer)}`);
    return null;
  }
  const [code, status] = [at(error, 'data', 'amanda', 'code'), at(error, 'data', 'httpStatus')];
  const row = Object.entries(errorTable).find(([name]) => name === code)?.[1];
  if (typeof code !== 'string' || row === undefined || row.http !== status) {
    throw new Error(`not an error of the table: ${JSON.stringify(error)}`);
  }
  return { code, status: row.http };
}

/**
 * The error in an HTTP answer. tRPC opens an event stream before it looks at a subscription's input, and tells what is
 * wrong with it as an event.
 */
export function errorOf(answer: Answer): TypedError | null {
  const events = String(answer.headers['content-type']).startsWith('text/event-stream');
  if (!events) return errorIn(answer.json());
  const said = /^event: serialized-error\ndata: (.*)$/m.exec(answer.text)?.[1];
  return said === undefined ? null : errorIn({ error: JSON.parse(said) as unknown });
}

/** What stands at a path in parsed JSON. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  let found = value;
  for (const key of path) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, key)) return undefined;
    found = Reflect.get(found, key);
  }
  return found;
}
