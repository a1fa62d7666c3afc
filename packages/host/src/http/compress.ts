import { pipeline, Readable } from 'node:stream';
import { promisify } from 'node:util';
import { brotliCompress, constants, createBrotliCompress, createGzip, gzip } from 'node:zlib';

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** Shorter answers gain nothing, in bytes. */
const LEAST_BYTES = 1_024;
/** Answers that are compressed at a time; what ends meanwhile goes as it is. Each takes a thread of Node's pool. */
const AT_ONCE = 2;
/** Lists that are compressed while they are read and sent; what comes meanwhile goes as it is. Each holds a window. */
const STREAMS_AT_ONCE = 8;
/** How far back a list is looked through for what repeats, as a power of two in bytes; it is held that long. */
const STREAM_WINDOW_BITS = 17;

const brotli = promisify(brotliCompress);
const gzipped = promisify(gzip);

/** What we write, the better first. Quick levels: an answer is written once and read once. */
const encodings = {
  br: (text: string | Buffer) =>
    brotli(text, {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: 4,
        [constants.BROTLI_PARAM_SIZE_HINT]: Buffer.byteLength(text),
      },
    }),
  gzip: (text: string | Buffer) => gzipped(text, { level: 5 }),
} as const;

/** The same for lists that are sent while they are read. */
const streams = {
  br: () =>
    createBrotliCompress({
      params: { [constants.BROTLI_PARAM_QUALITY]: 4, [constants.BROTLI_PARAM_LGWIN]: STREAM_WINDOW_BITS },
    }),
  gzip: () => createGzip({ level: 5 }),
} as const;

/**
 * Compresses what is read as JSON: answers to `GET` with status 200, also the lists of the legacy surface, which are sent
 * while they are read. Answers that may hold a secret (everything under `auth`, whatever sets a cookie, every mutation)
 * and streams of events go as they are: how well a text compresses tells what is in it (BREACH).
 */
export function compressJson(app: FastifyInstance): void {
  let underWay = 0;
  let streaming = 0;
  app.addHook('onSend', async (request, reply, payload) => {
    if (request.method !== 'GET' || mayHoldSecret(request.url) || reply.hasHeader('set-cookie'))
      return payload;
    if (payload instanceof Readable) {
      if (reply.statusCode !== 200 || !isJson(reply.getHeader('content-type'))) return payload;
      addVary(reply, 'Accept-Encoding');
      const encoding = acceptedOf(request.headers['accept-encoding']);
      if (encoding === null || streaming >= STREAMS_AT_ONCE) return payload;
      streaming += 1;
      reply.header('content-encoding', encoding).removeHeader('content-length');
      // Whichever ends early takes the other along: a list that fails is cut off, and one that nobody reads is left.
      return pipeline(payload, streams[encoding](), () => {
        streaming -= 1;
      });
    }
    const text = await jsonOf(request, reply, payload);
    if (text === null) return payload;
    if (Buffer.byteLength(text) < LEAST_BYTES) return text;
    addVary(reply, 'Accept-Encoding');
    const encoding = acceptedOf(request.headers['accept-encoding']);
    if (encoding === null || underWay >= AT_ONCE) return text;
    underWay += 1;
    try {
      const compressed = await encodings[encoding](text);
      reply.header('content-encoding', encoding).removeHeader('content-length');
      return compressed;
    } finally {
      underWay -= 1;
    }
  });
}

/** Sessions, tokens, links and passwords all live under `auth`, also in the middle of a batch. */
function mayHoldSecret(url: string): boolean {
  const [path = ''] = url.split('?', 1);
  try {
    return /[/,]auth(?:[./,]|$)/i.test(decodeURIComponent(path));
  } catch {
    return true;
  }
}

/** The text of an answer that is whole and JSON; null for all others, which are left as they are. */
async function jsonOf(
  request: FastifyRequest,
  reply: FastifyReply,
  payload: unknown,
): Promise<string | Buffer | null> {
  // A batch comes as bytes.
  if (typeof payload === 'string' || payload instanceof Buffer) {
    return reply.statusCode === 200 && isJson(reply.getHeader('content-type')) ? payload : null;
  }
  // tRPC answers with these. What it writes piece by piece must not wait for its end.
  if (!(payload instanceof Response) || payload.status !== 200 || isStreamAsked(request)) return null;
  if (!isJson(payload.headers.get('content-type'))) return null;
  for (const [name, value] of payload.headers) {
    if (name === 'vary') addVary(reply, value);
    else reply.header(name, value);
  }
  // Bytes: a page of 1 MiB is not to be made into text and back.
  return Buffer.from(await payload.arrayBuffer());
}

const isJson = (type: unknown): boolean => typeof type === 'string' && /^application\/json\b/i.test(type);

/** tRPC's own test of whether a batch is to be streamed. */
function isStreamAsked({ headers }: FastifyRequest): boolean {
  return `${String(headers['trpc-accept'])},${headers.accept ?? ''}`.includes('application/jsonl');
}

/** The best encoding of ours that a client takes (RFC 9110, section 12.5.3); null when it takes none. */
function acceptedOf(header: string | undefined): keyof typeof encodings | null {
  const weights = new Map<string, number>();
  for (const part of (header ?? '').split(',')) {
    const [name = '', ...parameters] = part.toLowerCase().split(';');
    const weight = parameters.map((parameter) => /^\s*q=([\d.]+)\s*$/.exec(parameter)?.[1]).find(Boolean);
    weights.set(name.trim(), weight === undefined ? 1 : Number(weight));
  }
  const weightOf = (name: string) => weights.get(name) ?? weights.get('*') ?? 0;
  const [br, gz] = [weightOf('br'), weightOf('gzip')];
  if (br === 0 && gz === 0) return null;
  return br >= gz ? 'br' : 'gzip';
}

function addVary(reply: FastifyReply, name: string): void {
  const before = reply.getHeader('vary');
  reply.header('vary', before === undefined ? name : `${String(before)}, ${name}`);
}
