export type { AppRouter, Caller, ErrorShape, RouterInputs, RouterOutputs } from '@amanda/api';
export type {
  Chat,
  ChatCursor,
  ErrorCode,
  ErrorDetails,
  FeedChange,
  FeedEvent,
  Message,
  MessageStatus,
  SearchHit,
  Started,
  StreamEvent,
  Usage,
  User,
} from '@amanda/contract';
export { contractVersion } from '@amanda/contract/wire';
export { default as transformer } from 'superjson';
export type { Answer, AnswerState, KnownAnswer } from './answers/answer.ts';
export { type AnswerText, applyStreamEvent } from './answers/reducer.ts';
export type { KeyValueStore } from './answers/store.ts';
export type { ChatHandle, TurnOptions } from './chat/chat.ts';
export type { Turn } from './chat/turn.ts';
export { type AmandaClient, type AmandaClientOptions, createAmandaClient } from './client.ts';
export type { Connection, ConnectionState, ConnectionStatus, Transport } from './connection/connection.ts';
export { newClientId } from './environment/client-id.ts';
export type { Clock, Timer } from './environment/clock.ts';
export type { Environment } from './environment/environment.ts';
export { browserWake, type WakeSignal, type WakeSource } from './environment/wake.ts';
export {
  AmandaError,
  type AnyErrorCode,
  amandaErrorOf,
  type ClientErrorCode,
} from './errors/amanda-error.ts';
export { readFeedEvent, readStreamEvent } from './events/guards.ts';
export type { FeedItem } from './feed/watch.ts';
export { joinVersions } from './versions/join.ts';
export type { Backoff } from './wire/backoff.ts';
export type { WireTiming } from './wire/options.ts';
export type { SocketConstructor, SocketLike } from './wire/socket.ts';
