import { driverError } from '@amanda/db/temporary';
import { describe, expect, it } from 'vitest';
import { amandaErrorOf, appRouter, type Caller, createCaller } from '../src/index.ts';
import { type Person, password, turn, type World, world } from './world.ts';

const codes = [
  'SQLITE_BUSY',
  'SQLITE_FULL',
  'SQLITE_READONLY',
  'SQLITE_IOERR_WRITE',
  'SQLITE_CORRUPT',
  'SQLITE_NOTADB',
] as const;

/** What a call is made with: a person with a chat, whose one answer has ended, and somebody without a session. */
interface Scene {
  readonly w: World;
  readonly me: Person;
  readonly nobody: Caller;
  readonly chatId: number;
  readonly questionId: number;
  readonly messageId: number;
}

/** Reads a subscription until its first event. */
async function firstOf(stream: AsyncIterable<unknown>): Promise<void> {
  const events = stream[Symbol.asyncIterator]();
  await events.next();
  await events.return?.();
}

const email = 'grace@example.org';

/** A call of each procedure that succeeds as long as the storage does. */
const calls: Record<string, (s: Scene) => Promise<unknown>> = {
  'auth.signUp': ({ nobody }) => nobody.auth.signUp({ email, password }),
  'auth.logIn': ({ nobody, me }) => nobody.auth.logIn({ email: me.email, password }),
  'auth.logOut': ({ me }) => me.caller.auth.logOut(),
  'auth.check': ({ me }) => me.caller.auth.check(),
  'auth.changePassword': ({ me }) =>
    me.caller.auth.changePassword({ current: password, next: 'another horse battery' }),
  'auth.forgotPassword': ({ nobody, me }) => nobody.auth.forgotPassword({ email: me.email }),
  'auth.verifyResetToken': ({ nobody }) => nobody.auth.verifyResetToken({ token: 'x'.repeat(43) }),
  'auth.resetPassword': ({ nobody }) => nobody.auth.resetPassword({ token: 'x'.repeat(43), password }),
  'auth.verifyEmail': ({ nobody }) => nobody.auth.verifyEmail({ token: 'x'.repeat(43) }),
  'auth.resendVerification': ({ nobody, me }) => nobody.auth.resendVerification({ email: me.email }),
  'auth.sessions.list': ({ me }) => me.caller.auth.sessions.list(),
  'auth.sessions.revoke': ({ me }) => me.caller.auth.sessions.revoke({ sessionId: me.session.publicId }),
  'auth.sessions.revokeOthers': ({ me }) => me.caller.auth.sessions.revokeOthers(),
  'auth.tokens.create': ({ me }) => me.caller.auth.tokens.create({ name: 'cli' }),
  'auth.tokens.list': ({ me }) => me.caller.auth.tokens.list(),
  'auth.tokens.revoke': ({ me }) => me.caller.auth.tokens.revoke({ tokenId: 1 }),
  'chat.list': ({ me }) => me.caller.chat.list(),
  'chat.create': ({ me }) => me.caller.chat.create(),
  'chat.get': ({ me, chatId }) => me.caller.chat.get({ chatId }),
  'chat.rename': ({ me, chatId }) => me.caller.chat.rename({ chatId, title: 'New' }),
  'chat.delete': ({ me, chatId }) => me.caller.chat.delete({ chatId }),
  'chat.restore': ({ me, chatId }) => me.caller.chat.restore({ chatId }),
  'chat.markRead': ({ me, chatId, messageId }) => me.caller.chat.markRead({ chatId, messageId }),
  'chat.search': ({ me }) => me.caller.chat.search({ query: 'Hel' }),
  'events.watch': async ({ w, me }) =>
    await firstOf(await me.caller.events.watch({ lastEventId: `${w.db.feedEpoch}:0` })),
  'message.list': ({ me, chatId }) => me.caller.message.list({ chatId }),
  'message.versions': ({ me, messageId }) => me.caller.message.versions({ messageId }),
  'message.send': ({ me, chatId }) => me.caller.message.send({ chatId, text: 'More' }),
  'message.stop': ({ me, messageId }) => me.caller.message.stop({ messageId }),
  'message.regenerate': ({ me, messageId }) => me.caller.message.regenerate({ messageId }),
  'message.edit': ({ me, questionId }) => me.caller.message.edit({ messageId: questionId, text: 'Else' }),
  'message.continue': ({ me, messageId }) => me.caller.message.continue({ messageId }),
  'message.stream': async ({ me, messageId }) => await firstOf(await me.caller.message.stream({ messageId })),
  'system.health': ({ nobody }) => nobody.system.health(),
  'system.info': ({ nobody }) => nobody.system.info(),
  'user.profile': ({ me }) => me.caller.user.profile(),
  'user.updateProfile': ({ me }) => me.caller.user.updateProfile({ displayName: 'Ada' }),
  'user.deleteAccount': ({ me }) => me.caller.user.deleteAccount({ password }),
};

/** A time for hangs, not for slow machines. */
const hangMs = 120_000;

/** Calls that leave the scene as it was. */
const readsOnly = /\.(check|list|get|search|watch|versions|stream|health|info|profile|verify\w+)$/;

/** Procedures that can answer without the database, or whose work goes on after the answer. */
const needsNone = [
  'auth.check',
  'auth.forgotPassword',
  'auth.resendVerification',
  'system.health',
  'system.info',
];

const { _def: definition } = appRouter;

it('has a call of every procedure', () => {
  expect(Object.keys(calls).toSorted()).toEqual(Object.keys(definition.procedures).toSorted());
});

describe.each(Object.keys(calls))('%s', (path) => {
  it('answers STORAGE_UNAVAILABLE, and nothing else, whichever statement the storage refuses', {
    timeout: hangMs,
  }, async () => {
    let count = Number.NEGATIVE_INFINITY;
    let code: (typeof codes)[number] = 'SQLITE_FULL';
    let at = 0;
    await using w = await world({
      patienceMs: 0,
      onStatement(sql) {
        // A rollback does not need the disk.
        if (sql.startsWith('ROLLBACK')) return;
        count += 1;
        if (count === at) throw driverError(code);
      },
    });
    await w.db.prisma.$queryRawUnsafe('PRAGMA synchronous = OFF');
    const nobody = createCaller(w.context());
    let refused = 0;
    const wrong: string[] = [];
    let scene: Scene | undefined;
    for (at = 1; ; at += 1) {
      code = codes[at % codes.length] ?? 'SQLITE_FULL';
      if (scene === undefined || !readsOnly.test(path)) {
        const me = await w.person();
        scene = { w, me, nobody, ...(await turn(me.caller, path === 'message.continue' ? 'Fail!' : 'Hi')) };
      }
      count = 0;
      const result = await calls[path]?.(scene).then(
        () => 'ok',
        (thrown: unknown) => amandaErrorOf(thrown).code,
      );
      const wasStruck = count >= at;
      count = Number.NEGATIVE_INFINITY;
      if (result === 'STORAGE_UNAVAILABLE') refused += 1;
      else if (result !== 'ok' && result !== expectedOf(path)) wrong.push(`${result} for ${code} at ${at}`);
      if (path === 'auth.signUp') await w.db.prisma.user.deleteMany({ where: { email } });
      if (!wasStruck) break;
    }
    expect(wrong).toEqual([]);
    expect(refused > 0 || needsNone.includes(path)).toBe(true);
  });
});

/** What these calls answer on a sound storage: their tokens are nobody's, and what they name is not there. */
function expectedOf(path: string): string | null {
  if (/^auth\.(verifyResetToken|resetPassword|verifyEmail)$/.test(path)) return 'INVALID_TOKEN';
  return path === 'auth.tokens.revoke' ? 'NOT_FOUND' : null;
}
