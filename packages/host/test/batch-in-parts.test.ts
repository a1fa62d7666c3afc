import { expect, it } from 'vitest';

import { answerInParts } from '../src/http/batch-in-parts.ts';

const calls = ['a', 'b', 'c'].map((path) => ({ path, input: `{"json":"${path}"}` }));

it('waits for a turn before each call of a batch', async () => {
  const order: string[] = [];
  const answer = await answerInParts(calls, {
    method: 'GET',
    signal: new AbortController().signal,
    turn: async () => void order.push('turn'),
    async answer(request, path) {
      order.push(path, new URL(request.url).searchParams.get('input') ?? '');
      return Response.json(path, { status: path === 'b' ? 404 : 200, headers: { 'retry-after': '3' } });
    },
  });
  const expected = ['a', 'b', 'c'].flatMap((path) => ['turn', path, `{"json":"${path}"}`]);
  expect(order).toEqual(expected);
  expect(answer?.body.toString()).toBe('["a","b","c"]');
  expect([answer?.status, answer?.headers['retry-after']]).toEqual([207, '3']);
});

it('makes no further call of a batch once its client has gone', async () => {
  const gone = new AbortController();
  let made = 0;
  const answer = await answerInParts(calls, {
    method: 'POST',
    signal: gone.signal,
    turn: async () => {},
    async answer(request) {
      made += 1;
      expect(await request.text()).toBe('{"json":"a"}');
      gone.abort();
      expect(request.signal.aborted).toBe(true);
      return Response.json('a');
    },
  });
  expect([answer, made]).toEqual([null, 1]);
});
