import { failsAfter, Status, says, scriptedAi } from '@amanda/ai-client/scripted';
import { createCore, noLimits, silentLog } from '@amanda/core';
import { temporaryDatabase } from '@amanda/db/temporary';
import { type Caller, type Context, createCaller } from '../src/index.ts';
import { contextOf } from './context.ts';

export const password = 'correct horse battery';

/** A whole domain: a fresh database, an AI backend that says "Hello", or fails in the middle when asked to, and mails. */
export async function world(database: Parameters<typeof temporaryDatabase>[0] = {}) {
  const db = await temporaryDatabase(database);
  const ai = scriptedAi((request, context) =>
    (request.message === 'Fail!' ? failsAfter(['Hel'], Status.INTERNAL) : says('Hel', 'lo'))(
      request,
      context,
    ),
  );
  const letters: { to: string; text: string }[] = [];
  let delivered = Promise.withResolvers<void>();
  const core = await createCore({
    db,
    ai,
    log: silentLog,
    limits: noLimits,
    passwords: { rounds: 10, threads: 1 },
    mail: {
      deliver(letter) {
        letters.push(letter);
        delivered.resolve();
        delivered = Promise.withResolvers();
        return Promise.resolve();
      },
      close: () => Promise.resolve(),
    },
  });
  let people = 0;

  return {
    core,
    db,
    context: (given: Partial<Context> = {}) => contextOf({ core, ...given }),

    /** Signs up somebody new, who then has a session and nothing else. */
    async person() {
      people += 1;
      const email = `person-${people}@example.org`;
      const { user, session } = await core.accounts.signUp({
        email,
        password,
        agent: { address: '127.0.0.1', userAgent: 'test' },
      });
      const live = await core.sessions.open(session.id);
      if (live === null) throw new Error('a new session can be opened');
      const context = (given: Partial<Context> = {}) => contextOf({ core, session: live, ...given });
      return { user, email, session: live, context, caller: createCaller(context()) };
    },

    /** The token of a mailed link, as soon as the mail is out. */
    async mailedToken(email: string, page: 'verify-email' | 'reset-password'): Promise<string> {
      for (;;) {
        const next = delivered.promise;
        const mail = letters.findLast(({ to, text }) => to === email && text.includes(page));
        const token = mail && /#token=([\w-]+)/.exec(mail.text)?.[1];
        if (token !== undefined) return token;
        await next;
      }
    },

    async [Symbol.asyncDispose]() {
      await core.close();
      await ai.close();
      await db.close();
    },
  };
}

export type World = Awaited<ReturnType<typeof world>>;
export type Person = Awaited<ReturnType<World['person']>>;

/** A chat with one question and its answer, which has ended. */
export async function turn(caller: Caller, text = 'Hi') {
  const { id: chatId } = await caller.chat.create();
  const started = await caller.message.send({ chatId, text });
  const { messageId } = started;
  const events = await Array.fromAsync(await caller.message.stream({ messageId }));
  return { ...started, events };
}
