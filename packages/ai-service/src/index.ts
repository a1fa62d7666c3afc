export {
  AiConfigError,
  type AiEnvironment,
  aiConfigShape,
  aiSecretNames,
  type ProviderConfig,
  patienceFrom,
  providerConfigFrom,
  providerFromConfig,
} from './config.ts';
export { type AiServer, type AiServerOptions, type AiServiceLog, createAiServer } from './createAiServer.ts';
export { type AnthropicOptions, anthropicProvider } from './models/anthropicProvider.ts';
export { type OpenAiCompatibleOptions, openAiCompatibleProvider } from './models/openAiCompatibleProvider.ts';
export { type OfflineOptions, offlineProvider } from './offline/offlineProvider.ts';
export type { Provider } from './provider.ts';
export { SecretFileError, withSecretFiles } from './secretFiles.ts';
