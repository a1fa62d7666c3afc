import type { FeedChange, FeedEvent, Message, StreamEvent } from '@amanda/contract';
import * as schemas from '@amanda/contract';
import { contractVersion } from '@amanda/contract';
import { describe, expect, it } from 'vitest';
import { readFeedEvent, readStreamEvent } from './guards.ts';

const message: Message = {
  id: 2,
  chatId: 1,
  role: 'assistant',
  text: 'Hello',
  status: 'complete',
  createdAt: new Date(0),
  error: null,
  replyTo: 1,
  version: { index: 1, count: 1 },
  eventId: null,
  usage: {
    model: 'offline',
    inputTokens: 1,
    outputTokens: null,
    firstPieceMs: 3,
    durationMs: 4,
    finishReason: null,
  },
};
const streamEvents: StreamEvent[] = [
  { v: 1, type: 'delta', offset: 0, text: 'Hello' },
  { v: 1, type: 'end', status: 'complete', message },
  { v: 1, type: 'end', status: 'failed', error: 'AI_TIMEOUT' },
  { v: 1, type: 'reset', text: '' },
  { v: 1, type: 'ping' },
];
const changes: FeedChange[] = [
  ...(['created', 'renamed', 'restored', 'moved', 'read', 'deleted'] as const).map((what) => ({
    type: `chat.${what}` as const,
    chatId: 1,
  })),
  { type: 'message.added', chatId: 1, messageId: 2 },
  { type: 'message.superseded', chatId: 1, messageId: 2 },
  { type: 'run.started', chatId: 1, messageId: 2, runId: 3 },
  { type: 'run.ended', chatId: 1, messageId: 2, runId: 3 },
  { type: 'session.ended', sessionId: 'phone' },
];
const feedEvents: FeedEvent[] = [
  { v: 1, type: 'ready' },
  { v: 1, type: 'reset' },
  { v: 1, type: 'ping' },
  ...changes.map((change) => ({ v: 1, type: 'change', change }) as const),
];

/** Every way to spoil one field, however deep. */
function* spoiled(value: object): Generator<unknown, void, undefined> {
  for (const [name, field] of Object.entries(value)) {
    if (name === 'v') continue;
    yield { ...value, [name]: Symbol('spoiled') };
    if (typeof field === 'object' && field !== null && !(field instanceof Date)) {
      for (const deeper of spoiled(field)) yield { ...value, [name]: deeper };
    }
  }
}

describe('reading events', () => {
  it.each(streamEvents)('takes what the contract has: $type of an answer', (event) => {
    expect(schemas.streamEvent.safeParse(event).success).toBe(true);
    expect(readStreamEvent(event)).toBe(event);
  });

  it.each(feedEvents)('takes what the contract has: $type of the feed', (event) => {
    expect(schemas.feedEvent.safeParse(event).success).toBe(true);
    expect(readFeedEvent(event)).toBe(event);
  });

  it('refuses what the contract refuses, field by field', () => {
    for (const event of streamEvents) {
      for (const bad of spoiled(event)) {
        expect(() => readStreamEvent(bad)).toThrow(expect.objectContaining({ code: 'UNREADABLE' }));
      }
    }
    for (const event of feedEvents) {
      for (const bad of spoiled(event)) {
        expect(() => readFeedEvent(bad)).toThrow(expect.objectContaining({ code: 'UNREADABLE' }));
      }
    }
    for (const bad of [null, 'delta', [], 7]) {
      expect(() => readStreamEvent(bad)).toThrow(expect.objectContaining({ code: 'UNREADABLE' }));
    }
  });

  it('asks for an update when the server speaks a newer version', () => {
    const newer = { v: 2, type: 'delta', pieces: ['Hello'] };
    expect(() => readStreamEvent(newer)).toThrow(/update/);
    expect(() => readFeedEvent(newer)).toThrow(expect.objectContaining({ code: 'CLIENT_OUTDATED' }));
  });

  it('passes over types that a later server has added, whatever they are called', () => {
    for (const type of ['notice', 'constructor', '__proto__', '']) {
      expect(schemas.streamEvent.safeParse({ v: 1, type }).success).toBe(false);
      expect(readStreamEvent({ v: 1, type, text: 5 })).toBe(null);
      expect(readFeedEvent({ v: 1, type, text: 5 })).toBe(null);
      expect(readFeedEvent({ v: 1, type: 'change', change: { type, chatId: 'x' } })).toBe(null);
    }
  });

  it('is written for the contract as it is', () => {
    expect(contractVersion).toBe(schemas.contractVersion);
  });

  it('does not mind fields that it does not know', () => {
    expect(readStreamEvent({ v: 1, type: 'ping', at: 5 })).toMatchObject({ type: 'ping' });
  });
});
