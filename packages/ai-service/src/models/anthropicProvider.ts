import { type AiRequest, defaultPatience } from '@amanda/ai-client';
import type { Provider } from '../provider.ts';
import { anthropicMessagesReader } from './anthropicMessages.ts';
import { askServer } from './askServer.ts';
import { conversationOf } from './conversation.ts';
import { endpoint, type ModelServerOptions, modelConnections } from './modelServer.ts';
import { streamModel } from './streamModel.ts';

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
  const { apiKey, model, baseUrl = 'https://api.anthropic.com/v1', maxRetries = 2 } = options;
  const { maxTokens = /claude-(?:2|3|instant)/u.test(model) ? 4_096 : 32_000, thinkTags = true } = options;
  const patience = { ...defaultPatience, ...options.patience };
  const dispatcher = modelConnections();
  const secrets = [apiKey];

  async function ask(request: AiRequest, signal: AbortSignal) {
    const { system, turns } = conversationOf(request, { system: 'own' });
    const messages = turns.map(({ role, text }) => ({ role, content: text }));
    return askServer(
      {
        url: endpoint(baseUrl, 'messages'),
        headers: { 'x-api-key': apiKey, 'anthropic-version': version },
        body: {
          model,
          max_tokens: maxTokens,
          ...(system !== undefined && { system }),
          messages,
          stream: true,
        },
        dispatcher,
        secrets,
        maxRetries,
        patienceMs: patience.firstPieceTimeoutMs,
      },
      signal,
    );
  }

  const source = {
    modelName: model,
    ask,
    createReader: anthropicMessagesReader,
    thinkTags,
    secrets,
    patience,
  };
  return { name: 'anthropic', stream: (request, signal) => streamModel(source, request, signal) };
}
