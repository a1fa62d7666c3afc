export type { Caller } from './api.ts';
export { corsFor } from './rest/cors.ts';
export { type RestOptions, registerRest, type ServiceInfo } from './rest/register.ts';
export { attachSocketIo, type SocketIo, type SocketIoOptions } from './sockets/attach.ts';
export type { Clock } from './sockets/clock.ts';
export type { SocketLog, SocketSession } from './sockets/conversation.ts';
export { eventNames } from './sockets/events.ts';
export type { SocketIdentity, SocketPlace } from './sockets/guests.ts';
export type { SocketLimits } from './sockets/limits.ts';
