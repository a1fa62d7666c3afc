import {
  failsAfter,
  fallsSilentAfter,
  inTurn,
  pause,
  Status,
  says,
  silence,
} from '@amanda/ai-client/scripted';
import { describe, expect, it } from 'vitest';
import { conversation, never, readAll, shown } from '../../test/conversation.ts';

describe('an answer', () => {
  it('streams to its end and is stored as it was shown', async () => {
    await using c = await conversation(says('Hel', 'lo ', '👋 \ud83d', '\ude00', ' there'));
    const chat = await c.chats.create(c.userId);
    const { messageId } = await c.runs.send(c.userId, { chatId: chat.id, text: '  Hi  ' });
    const events = await readAll(c.runs.follow(c.userId, { messageId }, { signal: never }));
    expect(shown(events)).toBe('Hello 👋 😀 there');
    expect(events.at(-1)).toMatchObject({
      type: 'end',
      status: 'complete',
      message: { text: 'Hello 👋 😀 there' },
    });
    const { items } = await c.messages.list(c.userId, chat.id, { limit: 10, direction: 'forward' });
    expect(items.map((m) => [m.role, m.text, m.status])).toEqual([
      ['user', 'Hi', 'complete'],
      ['assistant', 'Hello 👋 😀 there', 'complete'],
    ]);
    expect((await c.chats.get(c.userId, chat.id)).title).toBe('Hi');
  });

  it('is replayed from any earlier place after its end', async () => {
    await using c = await conversation(says('abc', 'def', 'ghi'));
    const chat = await c.chats.create(c.userId);
    const { messageId, runId } = await c.runs.send(c.userId, { chatId: chat.id, text: 'Hi' });
    await readAll(c.runs.follow(c.userId, { messageId }, { signal: never }));
    for (let offset = 0; offset <= 9; offset += 1) {
      const from = `${runId}:${offset}`;
      const events = await readAll(c.runs.follow(c.userId, { messageId, from }, { signal: never }));
      expect(shown(events, 'abcdefghi'.slice(0, offset))).toBe('abcdefghi');
    }
  });

  it('keeps its partial text when the AI backend fails', async () => {
    await using c = await conversation(failsAfter(['one ', 'two'], Status.INTERNAL));
    const chat = await c.chats.create(c.userId);
    const { messageId } = await c.runs.send(c.userId, { chatId: chat.id, text: 'Hi' });
    const events = await readAll(c.runs.follow(c.userId, { messageId }, { signal: never }));
    expect(shown(events)).toBe('one two');
    expect(events.at(-1)).toMatchObject({ type: 'end', status: 'failed', error: 'AI_FAILED' });
  });

  it('ends as failed when it grows beyond the limit, with the text that fits', async () => {
    await using c = await conversation(says('12345', '678😀x', 'never'), { limits: { maxAnswerLength: 9 } });
    const chat = await c.chats.create(c.userId);
    const { messageId } = await c.runs.send(c.userId, { chatId: chat.id, text: 'Hi' });
    const events = await readAll(c.runs.follow(c.userId, { messageId }, { signal: never }));
    expect(shown(events)).toBe('12345678');
    expect(events.at(-1)).toMatchObject({ status: 'failed', error: 'ANSWER_TOO_LONG' });
  });

  it('goes on without anybody watching', async () => {
    const gate = Promise.withResolvers<void>();
    await using c = await conversation(async function* (_request, { signal }) {
      yield 'first';
      await pause(gate.promise, signal);
      yield ' second';
    });
    const chat = await c.chats.create(c.userId);
    const { messageId } = await c.runs.send(c.userId, { chatId: chat.id, text: 'Hi' });
    const leave = new AbortController();
    const seen = c.runs.follow(c.userId, { messageId }, { signal: leave.signal });
    expect((await seen.next()).value).toMatchObject({ text: 'first' });
    const waiting = seen.next();
    leave.abort();
    expect((await waiting).done).toBe(true);
    gate.resolve();
    const events = await readAll(c.runs.follow(c.userId, { messageId }, { signal: never }));
    expect(shown(events)).toBe('first second');
  });
});

describe('stop', () => {
  it('cancels the AI backend, keeps what was shown, and may be called twice', async () => {
    await using c = await conversation(fallsSilentAfter('some ', 'text'));
    const chat = await c.chats.create(c.userId);
    const { messageId } = await c.runs.send(c.userId, { chatId: chat.id, text: 'Hi' });
    const reader = c.runs.follow(c.userId, { messageId }, { signal: never });
    let text = '';
    while (text !== 'some text') text = shown([(await reader.next()).value ?? unreachable()], text);
    const [first, second] = await Promise.all([
      c.runs.stop(c.userId, { messageId }),
      c.runs.stop(c.userId, { messageId }),
    ]);
    expect(first).toMatchObject({ status: 'stopped', text: 'some text' });
    expect(second).toEqual(first);
    expect(c.ai.calls[0]?.signal.aborted).toBe(true);
    expect((await reader.next()).value).toMatchObject({ type: 'end', status: 'stopped' });
  });

  it('works before the first piece', async () => {
    await using c = await conversation(fallsSilentAfter());
    const chat = await c.chats.create(c.userId);
    const { messageId } = await c.runs.send(c.userId, { chatId: chat.id, text: 'Hi' });
    expect(await c.runs.stop(c.userId, { messageId })).toMatchObject({ status: 'stopped', text: '' });
  });

  it('of another user is refused', async () => {
    await using c = await conversation(fallsSilentAfter('x'));
    const chat = await c.chats.create(c.userId);
    const { messageId } = await c.runs.send(c.userId, { chatId: chat.id, text: 'Hi' });
    await expect(c.runs.stop(c.otherId, { messageId })).rejects.toMatchObject({ code: 'FOREIGN_OBJECT' });
    expect(c.runs.activeCount).toBe(1);
  });
});

describe('one run per chat', () => {
  it('refuses a second send and names the active message; the same client id gives the same ids', async () => {
    await using c = await conversation(fallsSilentAfter('x'));
    const chat = await c.chats.create(c.userId);
    const clientId = crypto.randomUUID();
    const sends = Array.from({ length: 100 }, () =>
      c.runs.send(c.userId, { chatId: chat.id, text: 'Hi', clientId }),
    );
    const started = await Promise.all(sends);
    expect(new Set(started.map((s) => JSON.stringify(s))).size).toBe(1);
    expect(c.ai.calls).toHaveLength(1);
    await expect(c.runs.send(c.userId, { chatId: chat.id, text: 'Hi' })).rejects.toMatchObject({
      code: 'RUN_ACTIVE',
      details: { activeMessageId: started[0]?.messageId },
    });
    await expect(c.runs.send(c.userId, { chatId: chat.id, text: 'Other', clientId })).rejects.toMatchObject({
      code: 'CLIENT_ID_REUSED',
    });
    const { items } = await c.messages.list(c.userId, chat.id, { limit: 10, direction: 'backward' });
    expect(items).toHaveLength(2);
  });

  it('limits the runs of one user', async () => {
    await using c = await conversation(fallsSilentAfter('x'), { limits: { maxRunsPerUser: 2 } });
    for (let i = 0; i < 2; i += 1) {
      const chat = await c.chats.create(c.userId);
      await c.runs.send(c.userId, { chatId: chat.id, text: 'Hi' });
    }
    const chat = await c.chats.create(c.userId);
    await expect(c.runs.send(c.userId, { chatId: chat.id, text: 'Hi' })).rejects.toMatchObject({
      code: 'TOO_MANY_RUNS',
    });
  });
});

describe('regenerate, edit and continue', () => {
  it('regenerate makes a version and tells the AI backend the question again', async () => {
    await using c = await conversation(inTurn(says('first'), says('second')));
    const chat = await c.chats.create(c.userId);
    const one = await c.runs.send(c.userId, { chatId: chat.id, text: 'Why?' });
    await readAll(c.runs.follow(c.userId, { messageId: one.messageId }, { signal: never }));
    const two = await c.runs.regenerate(c.userId, { messageId: one.messageId });
    await readAll(c.runs.follow(c.userId, { messageId: two.messageId }, { signal: never }));
    const { items } = await c.messages.list(c.userId, chat.id, { limit: 10, direction: 'backward' });
    expect(items.map((m) => m.text)).toEqual(['Why?', 'second']);
    expect(items[1]?.version).toEqual({ index: 2, count: 2 });
    const { items: versions } = await c.messages.versions(c.userId, two.messageId, { limit: 200 });
    expect(versions.map((v) => v.message.text)).toEqual(['first', 'second']);
    expect(c.ai.calls[1]?.request).toMatchObject({ message: 'Why?', history: [] });
  });

  it('edit of a question with more than 2,000 messages after it is refused, and changes nothing', async () => {
    await using c = await conversation(says('Hello'));
    const { id: chatId } = await c.chats.create(c.userId, {});
    const row = { chatId, role: 'user', content: 'x', status: 'complete', timestamp: new Date() };
    await c.db.prisma.message.createMany({ data: Array.from({ length: 2_002 }, () => row) });
    const [first, second] = await c.db.prisma.message.findMany({ orderBy: { id: 'asc' }, take: 2 });
    await expect(c.runs.edit(c.userId, { messageId: first?.id ?? 0, text: 'y' })).rejects.toMatchObject({
      code: 'NOT_POSSIBLE_NOW',
    });
    expect(await c.db.prisma.message.count({ where: { supersededBy: null } })).toBe(2_002);
    await c.runs.edit(c.userId, { messageId: second?.id ?? 0, text: 'y' });
    expect(await c.db.prisma.message.count({ where: { supersededBy: null } })).toBe(3);
  });

  it('edit supersedes the question and all after it', async () => {
    await using c = await conversation(async function* (request) {
      yield `to ${request.message}`;
    });
    const chat = await c.chats.create(c.userId);
    const ask = async (text: string) => {
      const started = await c.runs.send(c.userId, { chatId: chat.id, text });
      await readAll(c.runs.follow(c.userId, { messageId: started.messageId }, { signal: never }));
      return started;
    };
    await ask('one');
    const second = await ask('two');
    await ask('three');
    const edited = await c.runs.edit(c.userId, { messageId: second.questionId, text: 'zwei' });
    await readAll(c.runs.follow(c.userId, { messageId: edited.messageId }, { signal: never }));
    const { items } = await c.messages.list(c.userId, chat.id, { limit: 10, direction: 'forward' });
    expect(items.map((m) => m.text)).toEqual(['one', 'to one', 'zwei', 'to zwei']);
    expect(c.ai.calls.at(-1)?.request.history.map((turn) => turn.text)).toEqual(['one', 'to one']);
    const { items: versions } = await c.messages.versions(c.userId, edited.questionId, { limit: 200 });
    expect(versions.map((v) => [v.message.text, v.followedBy.map((m) => m.text)])).toEqual([
      ['two', ['to two', 'three', 'to three']],
      ['zwei', ['to zwei']],
    ]);
  });

  it('continue appends to the same message, and earlier places stay valid', async () => {
    await using c = await conversation(
      inTurn(fallsSilentAfter('The sky '), async function* (request) {
        yield { text: '', continues: true };
        yield request.continueFrom === 'The sky ' ? 'is blue.' : 'wrong';
      }),
    );
    const chat = await c.chats.create(c.userId);
    const one = await c.runs.send(c.userId, { chatId: chat.id, text: 'Sky?' });
    await c.runs.follow(c.userId, { messageId: one.messageId }, { signal: never }).next();
    await c.runs.stop(c.userId, { messageId: one.messageId });
    const two = await c.runs.continue(c.userId, { messageId: one.messageId });
    expect(two.messageId).toBe(one.messageId);
    const from = `${one.runId}:4`;
    const events = await readAll(
      c.runs.follow(c.userId, { messageId: one.messageId, from }, { signal: never }),
    );
    expect(shown(events, 'The ')).toBe('The sky is blue.');
  });

  it('continue with a backend that does not know it becomes a version', async () => {
    await using c = await conversation(inTurn(fallsSilentAfter('The sky '), says('The sky is blue.')));
    const chat = await c.chats.create(c.userId);
    const one = await c.runs.send(c.userId, { chatId: chat.id, text: 'Sky?' });
    await c.runs.follow(c.userId, { messageId: one.messageId }, { signal: never }).next();
    await c.runs.stop(c.userId, { messageId: one.messageId });
    await c.runs.continue(c.userId, { messageId: one.messageId });
    const old = await readAll(c.runs.follow(c.userId, { messageId: one.messageId }, { signal: never }));
    expect(old.at(-1)).toMatchObject({ type: 'end', status: 'stopped', message: { text: 'The sky ' } });
    const { items } = await c.messages.list(c.userId, chat.id, { limit: 10, direction: 'backward' });
    const last = items.at(-1);
    expect(last?.version).toEqual({ index: 2, count: 2 });
    const events = await readAll(c.runs.follow(c.userId, { messageId: last?.id ?? 0 }, { signal: never }));
    expect(shown(events)).toBe('The sky is blue.');
  });
});

describe('a continuation that brings no text', () => {
  it('leaves the partial answer in its place', async () => {
    await using c = await conversation(inTurn(fallsSilentAfter('The sky '), says()));
    const chat = await c.chats.create(c.userId);
    const one = await c.runs.send(c.userId, { chatId: chat.id, text: 'Sky?' });
    await c.runs.follow(c.userId, { messageId: one.messageId }, { signal: never }).next();
    await c.runs.stop(c.userId, { messageId: one.messageId });
    await c.runs.continue(c.userId, { messageId: one.messageId });
    await readAll(c.runs.follow(c.userId, { messageId: one.messageId }, { signal: never }));
    const { items } = await c.messages.list(c.userId, chat.id, { limit: 10, direction: 'backward' });
    expect(items.map((m) => [m.id, m.text])).toEqual([
      [one.questionId, 'Sky?'],
      [one.messageId, 'The sky '],
    ]);
  });
});

describe('places', () => {
  it('of another chat, and malformed ones, are refused; impossible ones reset', async () => {
    await using c = await conversation(says('a😀b'));
    const [here, there] = [await c.chats.create(c.userId), await c.chats.create(c.userId)];
    const one = await c.runs.send(c.userId, { chatId: here.id, text: 'Hi' });
    const two = await c.runs.send(c.userId, { chatId: there.id, text: 'Hi' });
    await readAll(c.runs.follow(c.userId, { messageId: one.messageId }, { signal: never }));
    await readAll(c.runs.follow(c.userId, { messageId: two.messageId }, { signal: never }));
    const from = (id: string) =>
      readAll(c.runs.follow(c.userId, { messageId: one.messageId, from: id }, { signal: never }));
    for (const id of [
      '',
      'x',
      '-1:2',
      `${one.runId}:-1`,
      '1:1e3',
      `${one.runId}:99999999999999999`,
      `${two.runId}:0`,
    ]) {
      await expect(from(id)).rejects.toMatchObject({ code: 'INVALID_EVENT_ID' });
    }
    for (const id of [`${one.runId}:5`, `${one.runId}:2`, '999:0']) {
      const events = await from(id);
      expect(events[0]).toMatchObject({ type: 'reset', text: 'a😀b' });
      expect(events.at(-1)).toMatchObject({ type: 'end' });
    }
  });
});

describe('a chat deleted while it streams', () => {
  it('ends its run; followers get an end without a message; it can be restored', async () => {
    await using c = await conversation(fallsSilentAfter('text'));
    const chat = await c.chats.create(c.userId);
    const { messageId } = await c.runs.send(c.userId, { chatId: chat.id, text: 'Hi' });
    const reader = c.runs.follow(c.userId, { messageId }, { signal: never });
    await reader.next();
    await c.chats.delete(c.userId, chat.id);
    const end = (await reader.next()).value;
    expect(end).toMatchObject({ type: 'end' });
    expect(end).not.toHaveProperty('message');
    await expect(c.chats.get(c.userId, chat.id)).rejects.toMatchObject({ reason: 'NOT_FOUND' });
    expect(await c.chats.restore(c.userId, chat.id)).toMatchObject({ id: chat.id, activeMessageId: null });
    expect(c.runs.activeCount).toBe(0);
  });
});

describe('a chat that was deleted, restored and continued before its old run was let go', () => {
  it('keeps the new run when the old one ends', async () => {
    const more = Promise.withResolvers<void>();
    await using c = await conversation(async function* (request, { signal }) {
      yield request.continueFrom === undefined ? 'The sky ' : { text: '', continues: true };
      await pause(request.continueFrom === undefined ? more.promise : silence(signal), signal);
      yield 'late';
      await silence(signal);
    });
    const chat = await c.chats.create(c.userId);
    const { messageId } = await c.runs.send(c.userId, { chatId: chat.id, text: 'Hi' });
    await c.runs.follow(c.userId, { messageId }, { signal: never }).next();
    // As another process does it: the hint that would let go of the run is lost.
    const at = new Date();
    await c.db.transactions.deleteChat(c.userId, chat.id, at);
    await c.db.transactions.restoreChat(c.userId, chat.id, new Date(0), at);
    await c.runs.continue(c.userId, { messageId });
    await c.ai.received(1);
    more.resolve();
    await c.ai.calls[0]?.finished;
    expect(c.runs.activeCount).toBe(1);
    expect(await c.runs.stop(c.userId, { messageId })).toMatchObject({ status: 'stopped', text: 'The sky ' });
    expect(c.ai.calls[1]?.signal.aborted).toBe(true);
  });
});

describe('after a crash', () => {
  it('recovery closes what was open as interrupted, with the text that was committed', async () => {
    await using c = await conversation(fallsSilentAfter('kept'), { afterCrash: 'keep' });
    const chat = await c.chats.create(c.userId);
    const { messageId } = await c.runs.send(c.userId, { chatId: chat.id, text: 'Hi' });
    await c.runs.follow(c.userId, { messageId }, { signal: never }).next();
    const next = c.engine();
    expect(await next.recover()).toEqual({ continued: 0, ended: 1 });
    const events = await readAll(next.follow(c.userId, { messageId }, { signal: never }));
    expect(shown(events)).toBe('kept');
    expect(events.at(-1)).toMatchObject({ status: 'interrupted' });
    await next.shutdown(0);
  });

  it('a writer whose run was closed by somebody else stops, and adds nothing', async () => {
    const gate = Promise.withResolvers<void>();
    await using c = await conversation(
      async function* (_request, { signal }) {
        yield 'kept';
        await pause(gate.promise, signal);
        yield ' late';
      },
      { afterCrash: 'keep' },
    );
    const chat = await c.chats.create(c.userId);
    const { messageId } = await c.runs.send(c.userId, { chatId: chat.id, text: 'Hi' });
    await c.runs.follow(c.userId, { messageId }, { signal: never }).next();
    const next = c.engine();
    await next.recover();
    gate.resolve();
    await c.ai.calls[0]?.finished;
    await c.runs.shutdown(1000);
    const { items } = await c.messages.list(c.userId, chat.id, { limit: 10, direction: 'backward' });
    expect(items.at(-1)).toMatchObject({ text: 'kept', status: 'interrupted' });
    await next.shutdown(0);
  });
});

function unreachable(): never {
  throw new Error('the stream ended');
}
