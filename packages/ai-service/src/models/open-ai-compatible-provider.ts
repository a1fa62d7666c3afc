import type { AiRequest } from '@amanda/ai-client';
import { ServerError } from 'nice-grpc';
import type { Provider } from '../provider.ts';
import { chatCompletionsReader } from './chat-completions.ts';
import { conversationOf } from './conversation.ts';
import { type ModelServerOptions, modelServer } from './model-server.ts';
import { streamModel } from './stream-model.ts';

/** Where an OpenAI-compatible server is: OpenAI itself, Ollama, llama.cpp, vLLM and others; and what it takes. */
export interface OpenAiCompatibleOptions extends ModelServerOptions {
  /** With its version: `https://api.openai.com/v1`, `http://127.0.0.1:11434/v1`. */
  baseUrl: string;
  /** Servers of one's own often need none. */
  apiKey?: string;
  /** `user`: instructions go into the first user's turn, for templates without a system role. Default `system`. */
  systemRole?: 'system' | 'user';
  /**
   * Whether to ask for counts of tokens with `stream_options`, which some servers refuse. `auto`, the default: not in the
   * first request; from then on where an answer came without counts, until the server refuses it.
   */
  streamUsage?: 'auto' | 'on' | 'off';
  /** More fields of each request, such as `temperature`. Those that Amanda sets itself stay. */
  extraBody?: Readonly<Record<string, unknown>>;
}

/** A provider that asks a server which speaks OpenAI's chat completions. */
export function openAiCompatibleProvider(options: OpenAiCompatibleOptions): Provider {
  const { baseUrl, apiKey, model, extraBody = {} } = options;
  const { systemRole = 'system', streamUsage = 'auto' } = options;
  const server = modelServer(options, {
    baseUrl,
    path: 'chat/completions',
    headers: apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` },
    secrets: apiKey ? [apiKey] : [],
  });
  let asksForUsage = streamUsage === 'on';
  let mayLearn = streamUsage === 'auto';

  async function ask(request: AiRequest, signal: AbortSignal) {
    const { system, turns } = conversationOf(request, { system: systemRole === 'user' ? 'user' : 'own' });
    const messages = [
      ...(system === undefined ? [] : [{ role: 'system', content: system }]),
      ...turns.map(({ role, text }) => ({ role, content: text })),
    ];
    const send = (withUsage: boolean) => {
      const usage = withUsage ? { stream_options: { include_usage: true } } : {};
      return server.post({ ...usage, ...extraBody, model, messages, stream: true }, signal);
    };
    const withUsage = asksForUsage;
    try {
      return await send(withUsage);
    } catch (thrown) {
      const refused = thrown instanceof ServerError && /stream_options|include_usage/u.test(thrown.details);
      if (!withUsage || streamUsage !== 'auto' || !refused) throw thrown;
      asksForUsage = false;
      mayLearn = false;
      return send(false);
    }
  }

  const source = {
    ...server,
    ask,
    createReader: chatCompletionsReader,
    onComplete: ({ usage }: { usage?: unknown }) => {
      if (mayLearn && usage === undefined) asksForUsage = true;
      mayLearn = false;
    },
  };
  return { name: 'openai', stream: (request, signal) => streamModel(source, request, signal) };
}
