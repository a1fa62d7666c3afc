import type * as contract from '@amanda/contract';
import { createTRPCClient, httpLink, type TRPCClientError } from '@trpc/client';
import type { inferRouterContext, TRPCError } from '@trpc/server';
import superjson from 'superjson';
import { describe, expectTypeOf, test } from 'vitest';
import type { AppRouter, Caller, Context, createCaller, RouterInputs, RouterOutputs } from '../src/index.ts';
import type { Scope } from '../src/scope.ts';

describe('what a consumer of the router compiles against', () => {
  const consumer = () => {
    const client = createTRPCClient<AppRouter>({
      links: [httpLink({ url: 'http://127.0.0.1:1/trpc', transformer: superjson })],
    });
    return client.chat.get.query({ chatId: 1 });
  };

  test('outputs are those of the contract, dates included', () => {
    expectTypeOf<Readonly<Awaited<ReturnType<typeof consumer>>>>().toEqualTypeOf<contract.Chat>();
    expectTypeOf<RouterOutputs['chat']['get']['createdAt']>().toEqualTypeOf<Date>();
    expectTypeOf<Readonly<RouterOutputs['message']['send']>>().toEqualTypeOf<contract.Started>();
    expectTypeOf<Readonly<RouterOutputs['auth']['check']>>().toEqualTypeOf<contract.Checked>();
  });

  test('a field that an output does not have does not compile', () => {
    const read = (chat: RouterOutputs['chat']['get']) => {
      // @ts-expect-error the wire says `lastMessageAt`; renaming a field of an output breaks whoever reads it
      return chat.last_message_time;
    };
    expectTypeOf(read).toBeFunction();
  });

  test('an output of another type does not compile', () => {
    const read = (chat: RouterOutputs['chat']['get']): string => {
      // @ts-expect-error ids are numbers
      return chat.id;
    };
    expectTypeOf(read).toBeFunction();
  });

  test('a wrong input does not compile', () => {
    // @ts-expect-error ids are numbers
    const wrong: RouterInputs['chat']['get'] = { chatId: '1' };
    // @ts-expect-error strict objects have no other fields
    const more: RouterInputs['chat']['get'] = { chatId: 1, userId: 1 };
    expectTypeOf([wrong, more]).toBeArray();
  });

  test('events are a union that carries its version', () => {
    type Tracked<Stream> = Stream extends AsyncIterable<infer Event, void, unknown> ? Event : never;
    type Events = Tracked<RouterOutputs['message']['stream']>;
    expectTypeOf<Events>().not.toBeNever();
    expectTypeOf<contract.StreamEvent['v']>().toEqualTypeOf<1>();
    expectTypeOf<contract.StreamEvent['type']>().toEqualTypeOf<'delta' | 'end' | 'reset' | 'ping'>();
    expectTypeOf<contract.FeedEvent['type']>().toEqualTypeOf<'ready' | 'reset' | 'ping' | 'change'>();
  });

  test('errors carry Amanda’s own shape', () => {
    const code = (error: TRPCClientError<AppRouter>) => error.data?.amanda.code;
    expectTypeOf(code).returns.toEqualTypeOf<contract.ErrorCode | undefined>();
    expectTypeOf<NonNullable<TRPCClientError<AppRouter>['data']>['code']>().toEqualTypeOf<
      TRPCError['code']
    >();
  });
});

describe('what holds the router and its server together', () => {
  test('the server fills the scope in; the router’s own type names nothing of it', () => {
    expectTypeOf<Scope>().toExtend<Context>();
    expectTypeOf<inferRouterContext<AppRouter>>().toEqualTypeOf<object>();
    expectTypeOf<Caller>().toEqualTypeOf<ReturnType<typeof createCaller>>();
  });
});
