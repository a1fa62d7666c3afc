import { setImmediate } from 'node:timers/promises';

import type { FastifyRequest } from 'fastify';

import { procedureType } from './procedure-type.ts';

/** Bytes of an answer from which on the next one waits for a round of the event loop. */
const LARGE = 65_536;

/** A call of an HTTP batch. */
export interface BatchedCall {
  readonly path: string;
  /** As JSON; undefined without one. */
  readonly input: string | undefined;
}

/** What is sent for a batch: the answers of its calls, in their order. */
export interface BatchAnswer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: Buffer;
}

/**
 * The calls of a batch of queries, or of mutations, in the form that tRPC's clients send.
 * @returns null for anything else, which tRPC has to answer, or to refuse, as a whole
 */
export function callsOf(
  request: FastifyRequest,
  options: { paths: string; maxBatchSize: number },
): readonly BatchedCall[] | null {
  const { searchParams } = new URL(request.url, 'http://localhost');
  const paths = options.paths.split(',');
  const isOne = searchParams.get('batch') !== '1' || paths.length < 2 || paths.length > options.maxBatchSize;
  const accept = request.headers['trpc-accept'] ?? request.headers.accept ?? '';
  if (isOne || accept.includes('jsonl')) return null;
  const type = request.method === 'GET' ? 'query' : 'mutation';
  if (!paths.every((path) => procedureType(path) === type)) return null;
  const inputs = parse(request.method === 'GET' ? searchParams.get('input') : request.body);
  if (inputs === null) return null;
  const texts = paths.map((_, index) => textOf(Reflect.get(inputs, index)));
  if (texts.includes(null)) return null;
  return paths.map((path, index) => ({ path, input: texts[index] ?? undefined }));
}

/** A parsed input as JSON again; undefined without one, null when it cannot be written, or not as it was (`1e999`). */
function textOf(input: unknown): string | undefined | null {
  let isSame = true;
  try {
    const text = JSON.stringify(input, (_key, value: unknown) => {
      if (typeof value === 'number' && !Number.isFinite(value)) isSame = false;
      return value;
    });
    return isSame ? text : null;
  } catch {
    // Nested too deeply.
    return null;
  }
}

/**
 * Answers the calls of a batch one after another, each in a turn of its own. tRPC would make one text of all answers in
 * one go, 8 MiB and more, while everybody waits.
 * @param options.signal aborts when the client has gone: then no further call is made
 * @param options.turn resolves when it is this batch's turn
 * @param options.answer answers one call, as if it had come alone
 * @returns null when the client has gone
 */
export async function answerInParts(
  calls: readonly BatchedCall[],
  options: {
    method: string;
    signal: AbortSignal;
    turn: () => Promise<void>;
    answer: (request: Request, path: string) => Promise<Response>;
  },
): Promise<BatchAnswer | null> {
  const { answer, method, signal, turn } = options;
  const statuses = new Set<number>();
  const waits: number[] = [];
  const parts: Buffer[] = [];
  for (const { input, path } of calls) {
    await turn();
    if (signal.aborted) return null;
    const response = await answer(requestFor(method, input, signal), path);
    statuses.add(response.status);
    waits.push(Number(response.headers.get('retry-after') ?? 0));
    const part = Buffer.from(await response.arrayBuffer());
    parts.push(Buffer.from(parts.length === 0 ? '[' : ','), part);
    // The event loop comes round after each large one.
    if (part.length > LARGE) await setImmediate();
  }
  parts.push(Buffer.from(']'));
  const [status = 200] = statuses;
  const longest = Math.max(...waits);
  return {
    // As tRPC has it: https://trpc.io/docs/rpc#multi-status
    status: statuses.size > 1 ? 207 : status,
    headers: {
      'content-type': 'application/json',
      vary: 'trpc-accept, accept',
      ...(longest > 0 ? { 'retry-after': String(longest) } : {}),
    },
    body: Buffer.concat(parts),
  };
}

function requestFor(method: string, input: string | undefined, signal: AbortSignal): Request {
  const url = new URL('http://localhost/');
  const headers = { 'content-type': 'application/json' };
  if (method !== 'GET') return new Request(url, { method, headers, body: input ?? null, signal });
  if (input !== undefined) url.searchParams.set('input', input);
  return new Request(url, { headers, signal });
}

/** The inputs of a batch, by the place of their call; null when they are none. */
function parse(text: unknown): object | null {
  if (text === null || text === undefined || text === '') return {};
  if (typeof text !== 'string') return null;
  try {
    const inputs: unknown = JSON.parse(text);
    return typeof inputs === 'object' && !Array.isArray(inputs) ? inputs : null;
  } catch {
    return null;
  }
}
