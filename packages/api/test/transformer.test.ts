import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { amandaErrorShape } from '@amanda/contract';
import { createHTTPHandler } from '@trpc/server/adapters/standalone';
import * as fc from 'fast-check';
import { deserialize, type SuperJSONResult, serialize, stringify } from 'superjson';
import { describe, expect, test } from 'vitest';
import { appRouter } from '../src/index.ts';
import { readInput, unreadable, writeOutput } from '../src/transformer.ts';
import { contextOf, liveSession, recordingLog } from './context.ts';
import { at, owner } from './fake-core.ts';

const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
const payload = (json: unknown, meta?: unknown) => JSON.stringify({ json, meta });
const cursor = { lastMessageAt: at.toISOString(), id: 1 };

/** Bodies of a POST that no client of ours would send. */
const hostile: [string, string][] = [
  ['no JSON', '{'],
  ['null', 'null'],
  ['a number', '1'],
  ['a list', '[]'],
  ['no envelope', '{"chatId":1,"title":"x"}'],
  ['a list 10,000 deep', nested(10_000)],
  ['an input 10,000 deep', `{"json":${nested(10_000)}}`],
  ['a field 10,000 deep', `{"json":{"chatId":${nested(10_000)},"title":"x"}}`],
  ['an envelope’s meta 10,000 deep', `{"json":{},"meta":{"values":${nested(10_000)}}}`],
  [
    'very many fields',
    payload(Object.fromEntries(Array.from({ length: 50_000 }, (_, index) => [`k${index}`, 1]))),
  ],
  ['a prototype', '{"json":{"__proto__":{"chatId":1,"title":"x"}}}'],
  ['a prototype further in', '{"json":{"chatId":{"__proto__":{"x":1}},"title":"x"}}'],
  ['a prototype in the meta', '{"json":{"chatId":1},"meta":{"__proto__":{"values":1}}}'],
  ['a constructor', '{"json":{"constructor":{"prototype":{"polluted":1}},"chatId":1,"title":"x"}}'],
  ['a meta that is a text', payload({ chatId: 1, title: 'x' }, 'x')],
  ['a meta of unknown kind', payload({ chatId: 1, title: 'x' }, { customs: {} })],
  ['values that are a number', payload({ chatId: 1, title: 'x' }, { values: 1 })],
  ['values for a path that is not there', payload({ chatId: 1 }, { values: { 'a.b.c': ['Date'] } })],
  ['values for the prototype', payload({ chatId: 1 }, { values: { '__proto__.x': ['undefined'] } })],
  ['an escape that ends nowhere', payload({ chatId: 1 }, { values: { 'a\\': ['undefined'] }, v: 1 })],
  ['a version from the future', payload({ chatId: 1, title: 'x' }, { values: {}, v: 2 })],
  ['a big integer', payload({ chatId: '1', title: 'x' }, { values: { chatId: ['bigint'] } })],
  ['a big integer that is none', payload({ chatId: 'x' }, { values: { chatId: ['bigint'] } })],
  ['an error', payload({ chatId: 1, title: {} }, { values: { title: ['Error'] } })],
  ['a regular expression', payload({ chatId: 1, title: '/(a+)+$/' }, { values: { title: ['regexp'] } })],
  ['an address that is none', payload({ chatId: 1, title: ':' }, { values: { title: ['URL'] } })],
  ['a set', payload({ chatId: [1], title: 'x' }, { values: { chatId: ['set'] } })],
  ['a class', payload({ chatId: 1, title: {} }, { values: { title: [['class', 'Chat']] } })],
  ['a symbol', payload({ chatId: 1, title: 'x' }, { values: { title: [['symbol', 'x']] } })],
  ['equalities', payload({ chatId: 1, title: 'x' }, { referentialEqualities: { chatId: ['title'] } })],
  ['equalities of wrong type', payload({ chatId: 1, title: 'x' }, { referentialEqualities: [1, 2, 3] })],
  ['equalities with themselves', payload({ chatId: 1 }, { referentialEqualities: [['chatId']] })],
  [
    'a date that cannot be made',
    payload({ chatId: { valueOf: 1, toString: 1 } }, { values: { chatId: ['Date'] } }),
  ],
  ['a lone surrogate', '{"json":{"chatId":1,"title":"\\ud800"}}'],
  ['an id beyond 53 bits', '{"json":{"chatId":9007199254740992,"title":"x"}}'],
  ['an id that overflows', '{"json":{"chatId":1e999,"title":"x"}}'],
  ['an id that is negative', '{"json":{"chatId":-1,"title":"x"}}'],
  ['an id that is a fraction', '{"json":{"chatId":1.5,"title":"x"}}'],
];

describe('over HTTP, hostile input', () => {
  const listen = async () => {
    const log = recordingLog();
    const handler = createHTTPHandler({
      router: appRouter,
      createContext: () => contextOf({ session: liveSession(owner), log }),
    });
    const server = createServer(handler);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    return {
      log,
      post: (path: string, body: string) =>
        fetch(`http://127.0.0.1:${port}/${path}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body,
        }),
      [Symbol.asyncDispose]: () =>
        new Promise<void>((resolve) => {
          server.close(() => resolve());
          server.closeAllConnections();
        }),
    };
  };

  test.each(hostile)('%s is refused as the caller’s mistake', async (_name, body) => {
    await using server = await listen();
    const response = await server.post('chat.rename', body);
    const answer = (await response.json()) as { error: SuperJSONResult };
    expect(response.status).toBe(400);
    const shape = deserialize<{ data: { amanda: unknown } }>(answer.error);
    expect(amandaErrorShape.parse(shape.data.amanda)).toMatchObject({ code: 'INVALID_INPUT' });
    expect(JSON.stringify(answer).length).toBeLessThan(2_000);
    expect(server.log.lines).toEqual([]);
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
  });

  test('one unreadable input of a batch leaves the others alone', async () => {
    await using server = await listen();
    const body = `{"0":{"json":${nested(10_000)}},"1":{"json":{"chatId":10,"title":"A title"}}}`;
    const answers = await (await server.post('chat.rename,chat.rename?batch=1', body)).json();
    expect(answers).toMatchObject([{ error: {} }, { result: { data: { json: { title: 'A title' } } } }]);
  });
});

describe('writing superjson', () => {
  const scalar = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.double(),
    fc.boolean(),
    fc.constantFrom(null, undefined, -0),
    fc.date({ noInvalidDate: true }),
    fc.bigInt(),
  );
  const record = fc.dictionary(fc.constantFrom('id', 'text', 'offset', 'v'), scalar);
  const event = fc.oneof(
    scalar,
    record,
    fc.array(record),
    fc.record({ id: fc.string(), data: record }),
    fc.record({ a: record, b: record }),
    fc.record({ a: fc.record({ b: record }) }),
  );

  test('is what superjson writes', () => {
    fc.assert(
      fc.property(event, (value) => {
        expect(JSON.stringify(writeOutput(value))).toBe(JSON.stringify(serialize(value)));
      }),
      { seed: 20261123, numRuns: 2_000 },
    );
  });

  test('does not look twice at a piece of text', () => {
    const piece = { id: '1:5', data: { v: 1, type: 'delta', offset: 0, text: 'Hello' } };
    expect(writeOutput(piece).json).toBe(piece);
  });
});

describe('reading superjson', () => {
  test('gives back what a client sends', () => {
    for (const input of [
      undefined,
      null,
      1,
      'x',
      {},
      { chatId: 1 },
      { cursor: { lastMessageAt: at, id: 1 } },
    ]) {
      expect(readInput(JSON.parse(stringify(input)))).toEqual(input);
    }
    expect(readInput(JSON.parse(stringify({ a: undefined })))).toEqual({ a: undefined });
    expect(
      readInput({ json: { cursor }, meta: { values: { 'cursor.lastMessageAt': ['Date'] }, v: 1 } }),
    ).toEqual({
      cursor: { lastMessageAt: at, id: 1 },
    });
  });

  test('takes no payload for no input, as a WebSocket sends calls without any', () => {
    expect(readInput(undefined)).toBeUndefined();
  });

  test.each([
    ['depth', `{"json":{"chatId":${nested(13)}}}`],
    ['depth of the meta', `{"json":{},"meta":{"values":${nested(13)}}}`],
    ['size', payload(Array.from({ length: 2_001 }, () => 1))],
    ['a prototype', '{"json":{"a":[{"__proto__":{}}]}}'],
    ['a prototype in the meta', '{"json":{},"meta":{"values":{"__proto__":["Date"]}}}'],
    ['types that no input has', payload({ a: '/a/' }, { values: { a: ['regexp'] } })],
    ['shared references', payload({ a: {}, b: {} }, { referentialEqualities: { a: ['b'] }, v: 1 })],
  ])('does not begin with %s', (_name, body) => {
    expect(readInput(JSON.parse(body))).toBe(unreadable);
  });

  test('never throws and never makes anything but JSON, dates and undefined', () => {
    const kinds = fc.constantFrom(
      'Date',
      'undefined',
      'bigint',
      'Error',
      'set',
      'map',
      'regexp',
      'URL',
      'NaN',
    );
    const path = fc.constantFrom('a', 'b', 'a.b', 'a.0', '__proto__', 'constructor.prototype', 'a\\', '');
    const meta = fc.record(
      {
        values: fc.oneof(fc.dictionary(path, fc.oneof(fc.tuple(kinds), fc.jsonValue())), fc.jsonValue()),
        referentialEqualities: fc.oneof(fc.dictionary(path, fc.array(path)), fc.jsonValue()),
        v: fc.oneof(fc.constant(1), fc.jsonValue()),
      },
      { requiredKeys: [] },
    );
    const json = fc.oneof(fc.jsonValue(), fc.dictionary(fc.constantFrom('a', 'b'), fc.jsonValue()));
    fc.assert(
      fc.property(fc.oneof(fc.record({ json, meta }, { requiredKeys: [] }), fc.jsonValue()), (sent) => {
        const read = readInput(sent);
        if (read === unreadable) return;
        const stack = [read];
        for (let value = stack.pop(); stack.length > 0 || value !== undefined; value = stack.pop()) {
          if (typeof value !== 'object' || value === null || value instanceof Date) continue;
          expect([Object.prototype, Array.prototype, null]).toContain(Object.getPrototypeOf(value));
          stack.push(...Object.values(value).filter((child) => child !== undefined));
        }
      }),
      { seed: 20261123, numRuns: 2_000 },
    );
  });
});
