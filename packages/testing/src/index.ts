export { type LegacyClient, legacyClient } from './client/legacy-client.ts';
export { type TrpcClientOptions, type TrpcTestClient, trpcClient } from './client/trpc-client.ts';
export { type Deferred, deferred } from './deferred.ts';
export { type FaultProxy, faultProxy } from './proxy/fault-proxy.ts';
export type { LinkShape } from './proxy/pump.ts';
export { seededRandom } from './proxy/random.ts';
export { cookieOf, signUp, type TestUser } from './server/sign-up.ts';
export { ServerEnded, type SpawnedServer, type SpawnOptions, spawnServer } from './server/spawn-server.ts';
