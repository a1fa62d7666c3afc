import type { AiRequest } from '@amanda/ai-client';
import type { Provider } from '../provider.ts';
import { anthropicMessagesReader } from './anthropic-messages.ts';
import { conversationOf } from './conversation.ts';
import { type ModelServerOptions, modelServer } from './model-server.ts';
import { streamModel } from './stream-model.ts';

/** How to reach Anthropic's messages API. */
export interface AnthropicOptions extends ModelServerOptions {
  apiKey: string;
  /** With its version. Default `https://api.anthropic.com/v1`. */
  baseUrl?: string;
  /** The longest answer, in tokens, which the API wants to be told. Default 32,000; 4,096 for models before Claude 4. */
  maxTokens?: number;
}

const version = '2023-06-01';

/** A provider that asks one of Anthropic's models. */
export function anthropicProvider(options: AnthropicOptions): Provider {
  const { apiKey, model, baseUrl = 'https://api.anthropic.com/v1' } = options;
  const { maxTokens = /claude-(?:2|3|instant)/u.test(model) ? 4_096 : 32_000 } = options;
  const server = modelServer(options, {
    baseUrl,
    path: 'messages',
    headers: { 'x-api-key': apiKey, 'anthropic-version': version },
    secrets: [apiKey],
  });

  async function ask(request: AiRequest, signal: AbortSignal) {
    const { system, turns } = conversationOf(request, { system: 'own' });
    const messages = turns.map(({ role, text }) => ({ role, content: text }));
    const instructions = system === undefined ? {} : { system };
    return server.post({ model, max_tokens: maxTokens, ...instructions, messages, stream: true }, signal);
  }

  const source = { ...server, ask, createReader: anthropicMessagesReader };
  return { name: 'anthropic', stream: (request, signal) => streamModel(source, request, signal) };
}
