import { setTimeout as sleep } from 'node:timers/promises';
import { safeReason } from '@amanda/ai-client';
import { ServerError, Status } from 'nice-grpc';
import { type Dispatcher, fetch, type Response } from 'undici';
import { isObject } from './json.ts';
import { errorOfStatus } from './refusal.ts';

/** One request to a model server. */
export interface ServerQuestion {
  url: URL;
  headers: Readonly<Record<string, string>>;
  body: object;
  dispatcher: Dispatcher;
  /** Never to appear in an error. */
  secrets: readonly string[];
  /** How often a call that the server did not take on is made again, besides waiting for a model that is loading. */
  maxRetries: number;
  /** How long to wait for a model that is loading, in milliseconds. */
  patienceMs: number;
}

/** How much of a refusal is read, in bytes, and for how long, in milliseconds. */
const refusalBytes = 64 * 1024;
const refusalMs = 5_000;

/** A limit that is over sooner than this is waited for; a longer one the person is told of. In milliseconds. */
const longestLimitMs = 10_000;

const firstPauseMs = 250;
const longestPauseMs = 5_000;

/** Nothing was sent yet, so nothing can have been paid. */
const neverConnected = new Set([
  'ECONNREFUSED',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** The address for messages, without query and credentials, where keys may stand. */
export function plainAddress(url: URL): string {
  return `${url.origin}${url.pathname}`;
}

interface Refusal {
  error: ServerError;
  httpStatus: number;
  body: string;
  retryAfterMs: number | undefined;
}

async function bodyOf(response: Response): Promise<string> {
  if (response.body === null) return '';
  const decoder = new TextDecoder();
  const reader = response.body.getReader();
  const timer = setTimeout(() => void reader.cancel().catch(() => {}), refusalMs);
  let text = '';
  try {
    for (let size = 0; size < refusalBytes; ) {
      const { done, value } = await reader.read();
      if (done) break;
      size += value.byteLength;
      text += decoder.decode(value, { stream: true });
    }
  } catch {
    // What came before the connection was lost is better than nothing.
  } finally {
    clearTimeout(timer);
    void reader.cancel().catch(() => {});
  }
  return text;
}

function retryAfterOf(headers: Response['headers']): number | undefined {
  const ms = headers.get('retry-after-ms');
  if (ms !== null && /^\d+(?:\.\d+)?$/u.test(ms)) return Number(ms);
  const value = headers.get('retry-after');
  if (value === null) return undefined;
  if (/^\d+(?:\.\d+)?$/u.test(value)) return Number(value) * 1000;
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : Math.max(0, at - Date.now());
}

async function refusalOf(response: Response, { url, secrets }: ServerQuestion): Promise<Refusal> {
  const body = await bodyOf(response);
  const retryAfter = response.headers.get('retry-after');
  return {
    error: errorOfStatus({
      httpStatus: response.status,
      address: plainAddress(url),
      body,
      retryAfter,
      secrets,
    }),
    httpStatus: response.status,
    body,
    retryAfterMs: retryAfterOf(response.headers),
  };
}

/** A model that could not be loaded says "loading" too. */
function isLoading({ httpStatus, body, retryAfterMs }: Refusal): boolean {
  if (![425, 503, 529].includes(httpStatus)) return false;
  if (retryAfterMs !== undefined) return true;
  return /loading|warming up|starting/iu.test(body) && !/fail|error loading|unable/iu.test(body);
}

/** How long to wait before asking again; `undefined`: the refusal stands. */
function pauseBefore(
  refusal: Refusal,
  attempt: number,
  maxRetries: number,
  leftMs: number,
): number | undefined {
  const { httpStatus, retryAfterMs } = refusal;
  const backoffMs = Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(attempt, 10));
  const pauseMs = Math.max(retryAfterMs ?? 0, backoffMs);
  if (pauseMs > leftMs) return undefined;
  if (isLoading(refusal)) return pauseMs;
  if (attempt >= maxRetries) return undefined;
  if (httpStatus === 503 || httpStatus === 529) return pauseMs;
  const isShortLimit = httpStatus === 429 && retryAfterMs !== undefined && retryAfterMs <= longestLimitMs;
  return isShortLimit ? pauseMs : undefined;
}

/** What undici says of a failed request: mostly a code of the operating system, else a few words such as `bad port`. */
function causeOf(thrown: unknown): string {
  const cause = thrown instanceof Error ? thrown.cause : undefined;
  if (isObject(cause) && typeof cause['code'] === 'string') return cause['code'];
  return cause instanceof Error ? safeReason(cause.message) : 'no reason given';
}

async function post(question: ServerQuestion, signal: AbortSignal): Promise<Response> {
  return fetch(question.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...question.headers },
    body: JSON.stringify(question.body),
    dispatcher: question.dispatcher,
    // A redirect would carry the key and the conversation to whomever it names.
    redirect: 'manual',
    signal,
  });
}

/**
 * Sends a request and waits for a success. Asks again only where the server has taken nothing on: no connection, a model
 * that is loading, a limit that is over in seconds.
 * @throws {ServerError}, or the signal's reason
 */
export async function askServer(question: ServerQuestion, signal: AbortSignal): Promise<Response> {
  const began = performance.now();
  for (let attempt = 0; ; attempt += 1) {
    let response: Response;
    try {
      response = await post(question, signal);
    } catch (thrown) {
      signal.throwIfAborted();
      const cause = causeOf(thrown);
      if (attempt < question.maxRetries && neverConnected.has(cause)) {
        await sleep(firstPauseMs * 2 ** attempt, undefined, { signal });
        continue;
      }
      const address = plainAddress(question.url);
      throw new ServerError(
        Status.UNAVAILABLE,
        `The model server at ${address} could not be reached (${cause})`,
      );
    }
    if (response.ok) return response;
    const refusal = await refusalOf(response, question);
    const leftMs = question.patienceMs - (performance.now() - began);
    const pauseMs = pauseBefore(refusal, attempt, question.maxRetries, leftMs);
    if (pauseMs === undefined) throw refusal.error;
    await sleep(pauseMs, undefined, { signal });
  }
}
