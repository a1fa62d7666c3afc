import { createAnthropic } from '@ai-sdk/anthropic';
import type { Provider } from '../provider.ts';
import { sameServer } from './sameServer.ts';
import { streamModel } from './streamModel.ts';

/** How to reach Anthropic's messages API. */
export interface AnthropicOptions {
  apiKey: string;
  model: string;
  /** With its version. Default `https://api.anthropic.com/v1`. */
  baseUrl?: string;
  /** How often a call that failed before its first byte is made again. Default 2. */
  maxRetries?: number;
}

/** A provider that asks one of Anthropic's models. */
export function anthropicProvider(options: AnthropicOptions): Provider {
  // Always given, or the SDK would look into the environment by itself.
  const { apiKey, model, baseUrl = 'https://api.anthropic.com/v1', maxRetries = 2 } = options;
  const service = createAnthropic({ apiKey, baseURL: baseUrl, fetch: sameServer });
  const source = { model: service(model), modelName: model, secrets: [apiKey], maxRetries };
  return { name: 'anthropic', stream: (request, signal) => streamModel(source, request, signal) };
}
