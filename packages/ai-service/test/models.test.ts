import type { AiPiece, AiRequest } from '@amanda/ai-client';
import { Status } from 'nice-grpc';
import { describe, expect, test } from 'vitest';
import { type Provider, providerFromConfig } from '../src/index.ts';
import { anthropic, event, modelServer, openAi, type Protocol, refuse } from './fixtures/model-server.ts';

const apiKey = 'sk-very-secret-0123456789';
const question: AiRequest = { userId: 1, chatId: 1, message: 'How are you?', history: [] };

function providerFor(protocol: Protocol, baseUrl: string, maxRetries = 0): Provider {
  const settings = { baseUrl, apiKey, model: protocol.model, maxRetries };
  return protocol.name === 'openai'
    ? providerFromConfig({ provider: 'openai', ...settings })
    : providerFromConfig({ provider: 'anthropic', ...settings });
}

/** All pieces, and what the stream failed with. */
async function outcome(provider: Provider, request = question, signal = new AbortController().signal) {
  const pieces: AiPiece[] = [];
  try {
    for await (const piece of provider.stream(request, signal)) pieces.push(piece);
  } catch (thrown) {
    return { pieces, text: textOf(pieces), thrown };
  }
  return { pieces, text: textOf(pieces), thrown: undefined };
}

const textOf = (pieces: readonly AiPiece[]) => pieces.map(({ text }) => text).join('');

describe.each([openAi, anthropic])('$name', (protocol) => {
  test('streams an answer with model, usage and finish reason', async () => {
    await using server = await modelServer((response) => {
      protocol.begin(response);
      for (const text of ['I am ', 'fine 🌍', '.']) protocol.say(response, text);
      protocol.end(response);
    });

    const { pieces, text, thrown } = await outcome(providerFor(protocol, server.baseUrl));

    expect(thrown).toBeUndefined();
    expect(text).toBe('I am fine 🌍.');
    expect(pieces[0]).toEqual({ text: '', done: false, model: protocol.model });
    expect(pieces.at(-1)).toEqual({
      text: '',
      done: true,
      finishReason: 'stop',
      usage: { inputTokens: 11, outputTokens: 5 },
    });
    expect(server.requests[0]?.path).toBe(protocol.path);
    expect(server.requests[0]?.body).toMatchObject({ model: protocol.model, stream: true });
  });

  test.each([301, 302, 307, 308])(
    'follows no redirect (%d): the key and the texts stay where they belong',
    async (status) => {
      await using elsewhere = await modelServer((response) => {
        protocol.begin(response);
        protocol.end(response);
      });
      await using server = await modelServer(
        (response) =>
          void response.writeHead(status, { location: `${elsewhere.baseUrl}/chat/completions` }).end(),
      );

      const { thrown } = await outcome(providerFor(protocol, server.baseUrl));

      expect(thrown).toMatchObject({ code: Status.FAILED_PRECONDITION });
      expect(server.requests).toHaveLength(1);
      expect(elsewhere.requests).toEqual([]);
    },
  );

  test('sends the conversation, the system prompt and the name', async () => {
    await using server = await modelServer((response) => {
      protocol.begin(response);
      protocol.say(response, 'x');
      protocol.end(response);
    });
    const history = [
      { role: 'user' as const, text: 'first-question' },
      { role: 'assistant' as const, text: 'first-answer' },
      { role: 'user' as const, text: '  ' },
    ];
    const request = { ...question, history, systemPrompt: 'Be brief.', displayName: 'Ada' };

    await outcome(providerFor(protocol, server.baseUrl), request);

    const sent = JSON.stringify(server.requests[0]?.body);
    const order = ['first-question', 'first-answer', 'How are you?'].map((text) => sent.indexOf(text));
    expect(order).not.toContain(-1);
    expect(order).toEqual(order.toSorted((a, b) => a - b));
    expect(sent).toContain('Be brief.');
    expect(sent).toContain('Ada');
    expect(sent).not.toContain('"  "');
  });

  test('continues a partial answer: it is sent, and the first piece says so', async () => {
    await using server = await modelServer((response) => {
      protocol.begin(response);
      protocol.say(response, ' the rest');
      protocol.end(response);
    });

    const { pieces } = await outcome(providerFor(protocol, server.baseUrl), {
      ...question,
      continueFrom: 'a beginning',
    });

    expect(pieces.map(({ continues }) => continues)).toEqual([true, undefined, undefined]);
    const sent = JSON.stringify(server.requests[0]?.body);
    expect(sent.indexOf('a beginning')).toBeGreaterThan(sent.indexOf('How are you?'));
  });

  test.each([
    [400, Status.INVALID_ARGUMENT],
    [401, Status.UNAUTHENTICATED],
    [403, Status.PERMISSION_DENIED],
    [404, Status.FAILED_PRECONDITION],
    [500, Status.INTERNAL],
    [503, Status.UNAVAILABLE],
  ])('HTTP %d becomes a status and never shows the key', async (status, code) => {
    await using server = await modelServer((response) => {
      refuse(response, status, protocol.error(`Incorrect API key provided: ${apiKey} (sk-very-***6789)`));
    });

    const { thrown } = await outcome(providerFor(protocol, server.baseUrl));

    expect(thrown).toMatchObject({ code });
    expect(String(thrown)).toContain(String(status));
    expect(JSON.stringify(thrown) + String(thrown)).not.toMatch(/sk-very/u);
    const { authorization, 'x-api-key': key } = server.requests[0]?.headers ?? {};
    expect(`${authorization ?? ''}${String(key ?? '')}`).toContain(apiKey);
  });

  test('HTTP 429 is RESOURCE_EXHAUSTED and tells when to come back', async () => {
    await using server = await modelServer((response) => {
      refuse(response, 429, protocol.error('Slow down'), { 'retry-after': '17' });
    });

    const { thrown } = await outcome(providerFor(protocol, server.baseUrl));

    expect(thrown).toMatchObject({ code: Status.RESOURCE_EXHAUSTED });
    expect(String(thrown)).toMatch(/Slow down.*retry after 17/u);
  });

  test('a busy server is asked again, when it says', async () => {
    await using server = await modelServer((response, call) => {
      if (call === 0) {
        refuse(response, 503, protocol.error('busy'), { 'retry-after': '0' });
        return;
      }
      protocol.begin(response);
      protocol.say(response, 'at last');
      protocol.end(response);
    });

    expect(await outcome(providerFor(protocol, server.baseUrl, 1))).toMatchObject({
      text: 'at last',
      thrown: undefined,
    });
  });

  test('a connection that drops in mid-answer keeps the text and is UNAVAILABLE', async () => {
    await using server = await modelServer((response) => {
      protocol.begin(response);
      protocol.say(response, 'half');
      setImmediate(() => response.destroy());
    });

    const { text, pieces, thrown } = await outcome(providerFor(protocol, server.baseUrl));

    expect(text).toBe('half');
    expect(pieces.some(({ done }) => done)).toBe(false);
    expect(thrown).toMatchObject({ code: Status.UNAVAILABLE });
  });

  test('an answer that ends politely, but without its last events, is not complete', async () => {
    await using server = await modelServer((response) => {
      protocol.begin(response);
      protocol.say(response, 'half');
      response.end();
    });

    const { text, thrown } = await outcome(providerFor(protocol, server.baseUrl));

    expect(text).toBe('half');
    expect(thrown).toMatchObject({ code: Status.UNAVAILABLE });
  });

  test('nobody at the base URL is UNAVAILABLE', async () => {
    const server = await modelServer(() => {});
    await server[Symbol.asyncDispose]();

    expect(await outcome(providerFor(protocol, server.baseUrl))).toMatchObject({
      thrown: { code: Status.UNAVAILABLE },
    });
  });

  test('an abort ends the HTTP request', async () => {
    await using server = await modelServer((response) => {
      protocol.begin(response);
      protocol.say(response, 'begun');
    });
    const stop = new AbortController();
    const pieces = providerFor(protocol, server.baseUrl).stream(question, stop.signal);
    const answer = pieces[Symbol.asyncIterator]();
    expect(await answer.next()).toMatchObject({ value: { text: '', model: protocol.model } });
    expect(await answer.next()).toMatchObject({ value: { text: 'begun' } });

    const failed = answer.next().catch((thrown: unknown) => thrown);
    stop.abort();

    expect(await failed).toMatchObject({ name: 'AbortError' });
    expect(await server.requests[0]?.closed).toBe(false);
  });

  test('a reader that leaves early ends the HTTP request', async () => {
    await using server = await modelServer((response) => {
      protocol.begin(response);
      protocol.say(response, 'begun');
    });

    for await (const piece of providerFor(protocol, server.baseUrl).stream(
      question,
      new AbortController().signal,
    )) {
      if (piece.text === 'begun') break;
    }

    expect(await server.requests[0]?.closed).toBe(false);
  });
});

test("Anthropic's error inside a stream is told apart", async () => {
  await using server = await modelServer((response) => {
    anthropic.begin(response);
    anthropic.say(response, 'half');
    event(response, 'error', { error: { type: 'overloaded_error', message: 'Overloaded' } });
    response.end();
  });

  expect(await outcome(providerFor(anthropic, server.baseUrl))).toMatchObject({
    text: 'half',
    thrown: { code: Status.UNAVAILABLE },
  });
});

test('a server of one’s own is asked without a key', async () => {
  await using server = await modelServer((response) => {
    openAi.begin(response);
    openAi.say(response, 'x');
    openAi.end(response);
  });

  await outcome(providerFromConfig({ provider: 'openai', baseUrl: server.baseUrl, model: 'm-1' }));

  expect(server.requests[0]?.headers.authorization).toBeUndefined();
});
