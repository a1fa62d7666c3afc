import type { AiClient } from '@amanda/ai-client';
import { type AiScript, scriptedAi } from '@amanda/ai-client/scripted';
import type { Placed, StreamEvent } from '@amanda/contract';
import { temporaryDatabase } from '@amanda/db/temporary';
import { createTopics } from '../src/bus/topics.ts';
import { createChats } from '../src/chats/create-chats.ts';
import { systemClock } from '../src/clock/clock.ts';
import { createFeed } from '../src/feed/create-feed.ts';
import { type Log, silentLog } from '../src/log/log.ts';
import { createMessages } from '../src/messages/create-messages.ts';
import { type AfterCrash, createRuns, defaultRunLimits, type RunLimits } from '../src/runs/create-runs.ts';

/** One user's chats on a fresh database and a scripted AI backend, without accounts and transports. */
export async function conversation(
  script: AiScript,
  options: { limits?: Partial<RunLimits>; ai?: AiClient; afterCrash?: AfterCrash; log?: Log } = {},
) {
  const db = await temporaryDatabase();
  const user = await db.prisma.user.create({
    data: { email: 'ada@example.org', passwordHash: '-', createdAt: new Date() },
  });
  const other = await db.prisma.user.create({
    data: { email: 'eve@example.org', passwordHash: '-', createdAt: new Date() },
  });
  const ai = scriptedAi(script);
  const messageTopics = createTopics<number>();
  const feedTopics = createTopics<number>();
  const charged: number[] = [];
  const engine = (limits: Partial<RunLimits> = {}) =>
    createRuns({
      transactions: db.transactions,
      ai: options.ai ?? ai,
      clock: systemClock,
      log: options.log ?? silentLog,
      limits: { ...defaultRunLimits, ...options.limits, ...limits },
      systemPrompt: undefined,
      messages: messageTopics,
      feeds: feedTopics,
      afterCrash: options.afterCrash,
      charge(userId) {
        charged.push(userId);
        return Promise.resolve();
      },
    });
  const runs = engine();
  const chats = createChats({
    transactions: db.transactions,
    clock: systemClock,
    onRunEnded: (id) => runs.release(id),
    feeds: feedTopics,
  });
  return {
    db,
    ai,
    runs,
    /** Whose allowance a message was taken from, for each. */
    charged,
    /** Another engine on the same database, as after a restart. */
    engine,
    chats,
    messages: createMessages(db.transactions),
    feed: createFeed(db.transactions, feedTopics),
    userId: user.id,
    otherId: other.id,
    async [Symbol.asyncDispose]() {
      await runs.shutdown(0);
      await ai.close();
      await db.close();
    },
  };
}

/** Reads a stream to its end. */
export async function readAll(events: AsyncIterable<Placed<StreamEvent>>): Promise<Placed<StreamEvent>[]> {
  return await Array.fromAsync(events);
}

/** The text that a client shows after these events, applied by offset. */
export function shown(events: readonly Placed<StreamEvent>[], start = ''): string {
  let text = start;
  for (const event of events) {
    if (event.type === 'reset') text = event.text;
    if (event.type !== 'delta' || event.offset + event.text.length <= text.length) continue;
    if (event.offset > text.length)
      throw new Error(`a gap: the client has ${text.length}, the delta begins at ${event.offset}`);
    text += event.text.slice(text.length - event.offset);
  }
  return text;
}

/** A signal that never aborts. */
export const never = new AbortController().signal;
