import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import type { Provider } from '../provider.ts';
import { sameServer } from './sameServer.ts';
import { streamModel } from './streamModel.ts';

/** Where an OpenAI-compatible server is: OpenAI itself, Ollama, llama.cpp, vLLM and others. */
export interface OpenAiCompatibleOptions {
  /** With its version: `https://api.openai.com/v1`, `http://127.0.0.1:11434/v1`. */
  baseUrl: string;
  /** Servers of one's own often need none. */
  apiKey?: string;
  model: string;
  /** How often a call that failed before its first byte is made again. Default 2. */
  maxRetries?: number;
}

/** A provider that asks a server which speaks OpenAI's chat completions. */
export function openAiCompatibleProvider(options: OpenAiCompatibleOptions): Provider {
  const { baseUrl, apiKey, model, maxRetries = 2 } = options;
  const service = createOpenAICompatible({
    name: 'openai',
    baseURL: baseUrl,
    includeUsage: true,
    fetch: sameServer,
    ...(apiKey !== undefined && { apiKey }),
  });
  const source = {
    model: service(model),
    modelName: model,
    secrets: apiKey ? [apiKey] : [],
    maxRetries,
  };
  return { name: 'openai', stream: (request, signal) => streamModel(source, request, signal) };
}
