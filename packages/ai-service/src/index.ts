export { type AiServer, type AiServerOptions, type AiServiceLog, createAiServer } from './createAiServer.ts';
export { type OfflineOptions, offlineProvider } from './offline/offlineProvider.ts';
export type { Provider } from './provider.ts';
