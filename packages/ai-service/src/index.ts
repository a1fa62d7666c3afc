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
export {
  type AiServer,
  type AiServerOptions,
  type AiServiceLog,
  createAiServer,
} from './create-ai-server.ts';
export { type AnthropicOptions, anthropicProvider } from './models/anthropic-provider.ts';
export {
  type OpenAiCompatibleOptions,
  openAiCompatibleProvider,
} from './models/open-ai-compatible-provider.ts';
export { type OfflineOptions, offlineProvider } from './offline/offline-provider.ts';
export type { Provider } from './provider.ts';
export { SecretFileError, withSecretFiles } from './secret-files.ts';
