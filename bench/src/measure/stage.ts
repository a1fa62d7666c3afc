import { type SpawnedServer, signUp, spawnServer, type TestUser } from '@amanda/testing';
import { type Program, startProgram } from './process.ts';

/** Everything a benchmark measures, each in a process of its own, fed by the same AI program. */
export interface Stage extends AsyncDisposable {
  readonly bare: Program;
  readonly stock: Program;
  readonly amanda: SpawnedServer;
  readonly users: readonly TestUser[];
}

/** Sockets and runs are spread over so many users, since both are limited per user. */
const userCount = 40;

/** Starts it all; disposing it ends all processes. */
export async function setStage(): Promise<Stage> {
  await using parts = new AsyncDisposableStack();
  const ai = parts.use(await startProgram('ai'));
  const bare = parts.use(await startProgram('bare-pipe', `${ai.port}`));
  const stock = parts.use(await startProgram('stock-trpc', `${ai.port}`));
  const amanda = parts.use(
    await spawnServer({
      env: {
        GRPC_AI_BACKEND_HOST: '127.0.0.1',
        GRPC_AI_BACKEND_PORT: `${ai.port}`,
        MAX_RUNS_PER_USER: '1000',
        MAX_RUNS: '10000',
        LOG_LEVEL: 'info',
        NODE_ENV: 'production',
      },
    }),
  );
  const users: TestUser[] = [];
  for (let i = 0; i < userCount; i += 1) users.push(await signUp(amanda.url, `bench${i}@example.org`));
  const kept = parts.move();
  return { bare, stock, amanda, users, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

/** The nth user; they take turns. */
export function userOf({ users }: Stage, n: number): TestUser {
  const user = users[n % users.length];
  if (user === undefined) throw new Error('the stage has no users');
  return user;
}

/** The address of Amanda's tRPC socket. */
export const socketUrl = ({ amanda }: Stage): string => `${amanda.url.replace('http', 'ws')}/trpc`;
