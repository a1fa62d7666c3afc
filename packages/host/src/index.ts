export {
  callBytesFor,
  defaultHostConfig,
  type HostConfig,
  type HttpTimeouts,
  type SocketLimits,
} from './config.ts';
export { bindPort, type Listener } from './listener.ts';
export { type Server, type ServerOptions, startServer } from './server.ts';
export { closeCodes } from './sockets/close-codes.ts';
