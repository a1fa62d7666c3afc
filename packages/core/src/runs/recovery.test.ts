import {
  type AiScript,
  failsAfter,
  failure,
  fallsSilentAfter,
  inTurn,
  pause,
  Status,
  says,
} from '@amanda/ai-client/scripted';
import type { Placed, StreamEvent } from '@amanda/contract';
import { describe, expect, it } from 'vitest';
import { conversation, never, readAll, shown } from '../../test/conversation.ts';
import type { RunEngine } from './create-runs.ts';

type Conversation = Awaited<ReturnType<typeof conversation>>;

/** Knows how to continue, and says so. */
const goesOn = (...texts: string[]): AiScript =>
  async function* () {
    yield { text: '', continues: true };
    yield* texts;
    yield { done: true };
  };

/** Begins and falls silent, and goes on when it is asked to continue. */
const sentence: AiScript = (request, context) =>
  request.continueFrom === undefined
    ? fallsSilentAfter('The sky ')(request, context)
    : goesOn('is blue.')(request, context);

/** Lets everything else have its turn. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Asks in a new chat, and waits until so much of the answer is stored. */
async function ask(c: Conversation, length: number, text = 'Why?') {
  const chat = await c.chats.create(c.userId);
  const sent = await c.runs.send(c.userId, { chatId: chat.id, text });
  const seen = c.runs.follow(c.userId, { messageId: sent.messageId }, { signal: never });
  for (let got = ''; got.length < length; ) {
    const { value } = await seen.next();
    got = shown(value === undefined ? [] : [value], got);
  }
  return sent;
}

const stored = (c: Conversation, messageId: number) => c.db.transactions.readAnyMessage(messageId);

const follow = (
  engine: RunEngine,
  c: Conversation,
  messageId: number,
  from?: string,
): Promise<Placed<StreamEvent>[]> => readAll(engine.follow(c.userId, { messageId, from }, { signal: never }));

describe('after a crash', () => {
  it('the sentence goes on by itself, on the same message and for nothing', async () => {
    await using c = await conversation(sentence);
    const { chatId, messageId, runId } = await ask(c, 8);
    const next = c.engine();
    const asked = c.charged.length;
    expect(await next.recover()).toEqual({ continued: 1, ended: 0 });
    expect(c.charged).toHaveLength(asked);
    // What a client that reloads sees, and a send that slips in.
    expect(await stored(c, messageId)).toMatchObject({ status: 'streaming', text: 'The sky ' });
    await expect(next.send(c.userId, { chatId, text: 'And?' })).rejects.toMatchObject({ code: 'RUN_ACTIVE' });
    const charged = c.charged.length;
    const events = await follow(next, c, messageId, `${runId}:4`);
    expect(shown(events, 'The ')).toBe('The sky is blue.');
    expect(events.filter(({ type }) => type === 'end')).toMatchObject([{ status: 'complete' }]);
    expect(c.ai.calls[1]?.request).toMatchObject({ message: 'Why?', continueFrom: 'The sky ', history: [] });
    expect(c.charged).toHaveLength(charged);
    const { items } = await c.messages.list(c.userId, chatId, { limit: 10, direction: 'forward' });
    expect(items.map((m) => [m.text, m.status, m.version.count])).toEqual([
      ['Why?', 'complete', 1],
      ['The sky is blue.', 'complete', 1],
    ]);
    await next.shutdown(0);
  });

  it('the answer that goes on counts among those that its user has written at once', async () => {
    await using c = await conversation(sentence);
    const { messageId } = await ask(c, 8);
    const { id: chatId } = await c.chats.create(c.userId);
    const next = c.engine({ maxRunsPerUser: 1 });
    expect(await next.recover()).toEqual({ continued: 1, ended: 0 });
    const send = () => next.send(c.userId, { chatId, text: 'And?' });
    await expect(send()).rejects.toMatchObject({ code: 'TOO_MANY_RUNS' });
    await follow(next, c, messageId);
    await send();
    await next.shutdown(0);
  });

  it('one transaction ends the old run and begins the new one, and the change feed says both', async () => {
    await using c = await conversation(sentence);
    const { chatId, messageId, runId } = await ask(c, 8);
    const before = (await c.db.transactions.readFeed(c.userId, 0, 100))?.newest ?? 0;
    const next = c.engine();
    await next.recover();
    const runs = await c.db.prisma.run.findMany({ where: { messageId }, orderBy: { id: 'asc' } });
    expect(runs.map((run) => [run.kind, run.status, run.activeChatId, run.startOffset])).toEqual([
      ['send', 'interrupted', null, 0],
      ['recovery', 'streaming', chatId, 8],
    ]);
    const feed = await c.db.transactions.readFeed(c.userId, before, 100);
    expect(feed?.entries.map(({ change }) => change)).toEqual([
      { type: 'run.ended', chatId, messageId, runId },
      { type: 'run.started', chatId, messageId, runId: runs[1]?.id },
    ]);
    await follow(next, c, messageId);
    await next.shutdown(0);
  });

  it('the second crash of an answer leaves it interrupted', async () => {
    await using c = await conversation((request, context) =>
      request.continueFrom === undefined
        ? fallsSilentAfter('The sky ')(request, context)
        : (async function* () {
            yield { text: 'is', continues: true };
            yield* fallsSilentAfter()(request, context);
          })(),
    );
    const { messageId } = await ask(c, 8);
    const second = c.engine();
    await second.recover();
    await second.follow(c.userId, { messageId, from: undefined }, { signal: never }).next();
    const third = c.engine();
    expect(await third.recover()).toEqual({ continued: 0, ended: 1 });
    expect(await stored(c, messageId)).toMatchObject({ status: 'interrupted' });
    expect(c.ai.calls).toHaveLength(2);
    for (const engine of [second, third]) await engine.shutdown(0);
  });

  it.each([
    ['ten minutes old', -600_000 + 5_000, 1],
    ['older', -600_001, 0],
    ['in the future', 60_000, 0],
  ])('a last heartbeat %s', async (_what, ageMs, continued) => {
    await using c = await conversation(sentence);
    const { messageId } = await ask(c, 8);
    await c.db.prisma.run.updateMany({ data: { heartbeatAt: new Date(Date.now() + ageMs) } });
    const next = c.engine();
    expect(await next.recover()).toEqual({ continued, ended: 1 - continued });
    expect((await follow(next, c, messageId)).at(-1)).toMatchObject({
      status: continued === 1 ? 'complete' : 'interrupted',
    });
    await next.shutdown(0);
  });

  it('goes nowhere where nobody can read it, or where it is as long as may be', async () => {
    await using c = await conversation(sentence, { limits: { maxAnswerLength: 8 } });
    await ask(c, 8);
    const next = c.engine();
    expect(await next.recover()).toEqual({ continued: 0, ended: 1 });
    await using d = await conversation(sentence);
    await ask(d, 8);
    await d.db.prisma.user.updateMany({ data: { disabledAt: new Date() } });
    const other = d.engine();
    expect(await other.recover()).toEqual({ continued: 0, ended: 1 });
    expect([c.ai.calls.length, d.ai.calls.length]).toEqual([1, 1]);
    for (const engine of [next, other]) await engine.shutdown(0);
  });

  it('an answer without any text is asked for anew, whatever the AI backend knows', async () => {
    await using c = await conversation(inTurn(fallsSilentAfter(), says('At last.')));
    const { messageId } = await ask(c, 0);
    await c.ai.received(0);
    await c.db.transactions.rememberContinues('', false);
    const next = c.engine();
    expect(await next.recover()).toEqual({ continued: 1, ended: 0 });
    const events = await follow(next, c, messageId);
    expect(shown(events)).toBe('At last.');
    expect(events.at(-1)).toMatchObject({ status: 'complete', message: { version: { count: 1 } } });
    expect(c.ai.calls[1]?.request).not.toHaveProperty('continueFrom');
    await next.shutdown(0);
  });

  it('keeps everything as interrupted where it is told to', async () => {
    await using c = await conversation(sentence, { afterCrash: 'keep' });
    const { messageId } = await ask(c, 8);
    const next = c.engine();
    expect(await next.recover()).toEqual({ continued: 0, ended: 1 });
    expect(await stored(c, messageId)).toMatchObject({ status: 'interrupted', text: 'The sky ' });
    expect(c.ai.calls).toHaveLength(1);
    await next.shutdown(0);
  });
});

describe('an AI backend that', () => {
  const whole: AiScript = (request, context) =>
    request.continueFrom === undefined
      ? fallsSilentAfter('The sky ')(request, context)
      : says('The sky is blue.')(request, context);

  it('does not know how to continue is asked once, and makes no version', async () => {
    await using c = await conversation(whole);
    const sent = [await ask(c, 8), await ask(c, 8), await ask(c, 8)];
    const next = c.engine();
    expect(await next.recover()).toEqual({ continued: 3, ended: 0 });
    for (const { chatId, messageId } of sent) {
      expect((await follow(next, c, messageId)).at(-1)).toMatchObject({
        status: 'interrupted',
        message: { text: 'The sky ' },
      });
      const { items } = await c.messages.list(c.userId, chatId, { limit: 10, direction: 'forward' });
      expect(items).toHaveLength(2);
      expect(items[1]?.version.count).toBe(1);
    }
    expect(c.ai.calls).toHaveLength(4);
    expect(c.ai.calls[3]?.signal.aborted).toBe(true);
    await next.shutdown(0);

    // The next start knows it, and does not ask again.
    const { messageId } = await ask(c, 8);
    const third = c.engine();
    expect(await third.recover()).toEqual({ continued: 0, ended: 1 });
    expect(await stored(c, messageId)).toMatchObject({ status: 'interrupted' });
    expect(c.ai.calls).toHaveLength(5);
    await third.shutdown(0);
  });

  it('says that it continues after its first chunk says it too late', async () => {
    await using c = await conversation((request, context) =>
      request.continueFrom === undefined
        ? fallsSilentAfter('The sky ')(request, context)
        : (async function* () {
            yield '';
            yield { text: 'is blue.', continues: true };
          })(),
    );
    const { messageId } = await ask(c, 8);
    const next = c.engine();
    await next.recover();
    expect((await follow(next, c, messageId)).at(-1)).toMatchObject({
      status: 'interrupted',
      message: { text: 'The sky ' },
    });
    await next.shutdown(0);
  });

  it('fails before it continues leaves the answers interrupted, asked once; after it, failed with the text', async () => {
    let fails = failsAfter([], Status.INTERNAL);
    await using c = await conversation((request, context) =>
      request.continueFrom === undefined
        ? fallsSilentAfter('The sky ')(request, context)
        : fails(request, context),
    );
    const sent = [await ask(c, 8), await ask(c, 8)];
    const next = c.engine();
    await next.recover();
    for (const { messageId } of sent) {
      expect((await follow(next, c, messageId)).at(-1)).toMatchObject({ status: 'interrupted' });
    }
    expect(c.ai.calls).toHaveLength(3);
    await next.shutdown(0);

    fails = async function* () {
      yield { text: 'is', continues: true };
      throw failure(Status.INTERNAL);
    };
    const { messageId } = await ask(c, 8);
    const third = c.engine();
    await third.recover();
    expect((await follow(third, c, messageId)).at(-1)).toMatchObject({
      status: 'failed',
      message: { text: 'The sky is' },
    });
    await third.shutdown(0);
  });

  it('was continued by a user is remembered for the next start', async () => {
    await using c = await conversation(sentence);
    const { messageId } = await ask(c, 8);
    await c.runs.stop(c.userId, { messageId });
    await c.runs.continue(c.userId, { messageId });
    await follow(c.runs, c, messageId);
    await c.runs.shutdown(0);
    expect(await c.db.transactions.recallContinues('')).toBe(true);
    expect(await c.db.transactions.recallContinues('another')).toBeUndefined();
  });
});

describe('many answers that were cut off', () => {
  /** Holds each continued answer until it is let go. */
  function held() {
    const gates: PromiseWithResolvers<void>[] = [];
    const script: AiScript = async function* (request, { signal }) {
      if (request.continueFrom === undefined) {
        yield 'cut ';
        await pause(Promise.withResolvers<void>().promise, signal);
      }
      yield { text: '', continues: true };
      const gate = Promise.withResolvers<void>();
      gates.push(gate);
      await pause(gate.promise, signal);
      yield 'off';
    };
    return { gates, script };
  }

  it('go on a few at a time and in order, and the rest stay claimed', async () => {
    const { gates, script } = held();
    const limits = { maxContinuations: 2, maxRunsPerUser: 6 };
    await using c = await conversation(script, { limits });
    const sent = [];
    for (let i = 0; i < 6; i += 1) sent.push(await ask(c, 4, `Question ${i}`));
    await c.db.transactions.rememberContinues('', true);
    const next = c.engine();
    expect(await next.recover()).toEqual({ continued: 6, ended: 0 });
    expect(next.activeCount).toBe(6);
    // They count among the runs at once.
    const chat = await c.chats.create(c.userId);
    await expect(next.send(c.userId, { chatId: chat.id, text: 'And?' })).rejects.toMatchObject({
      code: 'TOO_MANY_RUNS',
    });
    const asked: (string | undefined)[] = [];
    for (const [index, { messageId }] of sent.entries()) {
      const call = await c.ai.received(6 + index);
      asked.push(call.request.message);
      const open = c.ai.calls.length - 6 - index;
      expect(open).toBeLessThanOrEqual(2);
      for (const { messageId: later } of sent.slice(index)) {
        expect((await stored(c, later))?.status).toBe('streaming');
      }
      while (gates[index] === undefined) await turn();
      gates[index].resolve();
      expect((await follow(next, c, messageId)).at(-1)).toMatchObject({ message: { text: 'cut off' } });
    }
    expect(asked).toEqual(sent.map((_, index) => `Question ${index}`));
    await next.shutdown(0);
  });

  it('wait for the one that finds out what the AI backend knows; when that is stopped the next one asks', async () => {
    const gate = Promise.withResolvers<void>();
    await using c = await conversation(async function* (request, { signal, call }) {
      if (request.continueFrom === undefined) {
        yield 'cut ';
        await pause(Promise.withResolvers<void>().promise, signal);
      }
      await pause(call === 3 ? Promise.withResolvers<void>().promise : gate.promise, signal);
      yield { text: 'off', continues: true };
    });
    const sent = [await ask(c, 4), await ask(c, 4), await ask(c, 4)];
    const next = c.engine();
    await next.recover();
    await c.ai.received(3);
    expect(c.ai.calls).toHaveLength(4);
    expect(await next.stop(c.userId, { messageId: sent[0]?.messageId ?? 0 })).toMatchObject({
      status: 'stopped',
      text: 'cut ',
    });
    await c.ai.received(4);
    expect(c.ai.calls).toHaveLength(5);
    gate.resolve();
    for (const { messageId } of sent.slice(1)) {
      expect((await follow(next, c, messageId)).at(-1)).toMatchObject({ message: { text: 'cut off' } });
    }
    await next.shutdown(0);
  });

  it('can be stopped while they wait, and are then not asked for', async () => {
    const { gates, script } = held();
    await using c = await conversation(script, { limits: { maxContinuations: 1 } });
    const [first, second] = [await ask(c, 4), await ask(c, 4)];
    await c.db.transactions.rememberContinues('', true);
    const next = c.engine();
    await next.recover();
    // At the very start, and before its turn.
    expect(await next.stop(c.userId, second)).toMatchObject({ status: 'stopped', text: 'cut ' });
    while (gates[0] === undefined) await turn();
    gates[0].resolve();
    await follow(next, c, first.messageId);
    expect(c.ai.calls).toHaveLength(3);
    await next.shutdown(0);
  });

  it('stay alive while they wait longer than a lease', async () => {
    const { gates, script } = held();
    await using c = await conversation(script, { limits: { maxContinuations: 1 } });
    const [first, second] = [await ask(c, 4), await ask(c, 4)];
    await c.db.transactions.rememberContinues('', true);
    const next = c.engine({ leaseMs: 30 });
    await next.recover();
    const beat = () =>
      c.db.prisma.run.findFirstOrThrow({ where: { messageId: second.messageId, kind: 'recovery' } });
    const { heartbeatAt } = await beat();
    while ((await beat()).heartbeatAt <= heartbeatAt) await turn();
    for (const [index, { messageId }] of [first, second].entries()) {
      while (gates[index] === undefined) await turn();
      gates[index].resolve();
      expect((await follow(next, c, messageId)).at(-1)).toMatchObject({ status: 'complete' });
    }
    await next.shutdown(0);
  });
});

describe('a shutdown', () => {
  it('commits what came in and hands the answer over; nobody is shown an end', async () => {
    await using c = await conversation(sentence);
    const { messageId } = await ask(c, 8);
    const leave = new AbortController();
    const watching = readAll(c.runs.follow(c.userId, { messageId }, { signal: leave.signal }));
    await c.runs.shutdown(0);
    await c.ai.calls[0]?.finished;
    expect(await stored(c, messageId)).toMatchObject({ status: 'streaming', text: 'The sky ' });
    expect(await c.db.prisma.run.findMany({ select: { claim: true } })).toEqual([{ claim: 'free' }]);
    leave.abort();
    expect((await watching).map(({ type }) => type)).toEqual(['delta']);
    const next = c.engine();
    expect(await next.recover()).toEqual({ continued: 1, ended: 0 });
    expect(shown(await follow(next, c, messageId))).toBe('The sky is blue.');
    await next.shutdown(0);
  });

  it('leaves nothing streaming for ever when the next start comes late', async () => {
    await using c = await conversation(sentence);
    const { messageId } = await ask(c, 8);
    await c.runs.shutdown(0);
    await c.db.prisma.run.updateMany({ data: { heartbeatAt: new Date(Date.now() - 600_001) } });
    const next = c.engine();
    expect(await next.recover()).toEqual({ continued: 0, ended: 1 });
    expect(await stored(c, messageId)).toMatchObject({ status: 'interrupted', text: 'The sky ' });
    await next.shutdown(0);
  });

  it('shows an end where the answer cannot go on', async () => {
    await using kept = await conversation(sentence, { afterCrash: 'keep' });
    await using unknown = await conversation(sentence);
    await unknown.db.transactions.rememberContinues('', false);
    await unknown.runs.recover();
    const twice: AiScript = async function* (request, { signal }) {
      yield { text: 'The sky ', continues: request.continueFrom !== undefined };
      await pause(Promise.withResolvers<void>().promise, signal);
    };
    await using once = await conversation(twice);
    const asked = [await ask(kept, 8), await ask(unknown, 8), await ask(once, 8)];
    const second = once.engine();
    await second.recover();
    await once.ai.received(1);
    for (const [index, [c, engine]] of (
      [
        [kept, kept.runs],
        [unknown, unknown.runs],
        [once, second],
      ] as const
    ).entries()) {
      const messageId = asked[index]?.messageId ?? 0;
      const watching = follow(engine, c, messageId);
      await engine.shutdown(0);
      // At once, and not when another process finds it left.
      expect(await stored(c, messageId)).toMatchObject({ status: 'interrupted' });
      expect((await watching).at(-1)).toMatchObject({ type: 'end', status: 'interrupted' });
    }
  });

  it('loses against a stop that comes while it hands over', async () => {
    await using c = await conversation(sentence);
    const { messageId } = await ask(c, 8);
    const over = c.runs.shutdown(0);
    const stopped = c.runs.stop(c.userId, { messageId });
    expect(await stopped).toMatchObject({ status: 'stopped', text: 'The sky ' });
    await over;
    const next = c.engine();
    expect(await next.recover()).toEqual({ continued: 0, ended: 0 });
    await next.shutdown(0);
  });
});
