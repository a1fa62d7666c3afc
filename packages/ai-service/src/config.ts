import { type AiPatience, defaultPatience } from '@amanda/ai-client';
import { z } from 'zod';
import { type AnthropicOptions, anthropicProvider } from './models/anthropic-provider.ts';
import { isObject, parseJson } from './models/json.ts';
import type { ModelServerOptions } from './models/model-server.ts';
import {
  type OpenAiCompatibleOptions,
  openAiCompatibleProvider,
} from './models/open-ai-compatible-provider.ts';
import { type OfflineOptions, offlineProvider } from './offline/offline-provider.ts';
import type { Provider } from './provider.ts';

/** A provider and its settings. */
export type ProviderConfig =
  | ({ provider: 'offline' } & OfflineOptions)
  | ({ provider: 'openai' } & OpenAiCompatibleOptions)
  | ({ provider: 'anthropic' } & AnthropicOptions);

/** Makes the provider that a config describes. */
export function providerFromConfig(config: ProviderConfig): Provider {
  if (config.provider === 'offline') return offlineProvider(config);
  if (config.provider === 'openai') return openAiCompatibleProvider(config);
  return anthropicProvider(config);
}

const unsetWhenEmpty = (value: unknown) => (value === '' ? undefined : value);
const optionalText = z.preprocess(unsetWhenEmpty, z.string().trim().min(1).optional());
const optionalUrl = z.preprocess(
  unsetWhenEmpty,
  z.url({ protocol: /^https?$/, error: 'must be a URL that begins with http:// or https://' }).optional(),
);

function optionalWord<const W extends string>(words: readonly W[], error: string) {
  return z.preprocess(unsetWhenEmpty, z.enum(words, error).optional());
}

/** A whole number from a variable's text. */
function optionalNumber(from: number, to: number) {
  const error = `must be a whole number from ${from} to ${to}`;
  const number = z
    .string()
    .regex(/^\d{1,9}$/u, error)
    .transform(Number)
    .pipe(z.number().min(from, error).max(to, error));
  return z.preprocess(unsetWhenEmpty, number.optional());
}

function jsonObjectOf(text: string, context: z.RefinementCtx<string>) {
  const value = parseJson(text);
  if (isObject(value)) return value;
  context.addIssue('must be a JSON object such as {"temperature":0.2}');
  return z.NEVER;
}

/**
 * The environment's variables that choose a model, for the zod object of an app that reads them. An empty value is the
 * same as none. {@link providerConfigFrom} turns what was read into a config.
 */
export const aiConfigShape = {
  AI_PROVIDER: z.preprocess(
    unsetWhenEmpty,
    z.enum(['offline', 'openai', 'anthropic'], 'must be offline, openai or anthropic').optional(),
  ),
  OPENAI_BASE_URL: optionalUrl,
  OPENAI_API_KEY: optionalText,
  OPENAI_MODEL: optionalText,
  OPENAI_SYSTEM_ROLE: optionalWord(['system', 'user'], 'must be system or user'),
  OPENAI_STREAM_USAGE: optionalWord(['auto', 'on', 'off'], 'must be auto, on or off'),
  OPENAI_EXTRA_BODY: z.preprocess(unsetWhenEmpty, z.string().transform(jsonObjectOf).optional()),
  ANTHROPIC_BASE_URL: optionalUrl,
  ANTHROPIC_API_KEY: optionalText,
  ANTHROPIC_MODEL: optionalText,
  ANTHROPIC_MAX_TOKENS: optionalNumber(1, 1_000_000),
  AI_THINK_TAGS: optionalWord(['on', 'off'], 'must be on or off'),
  AI_FIRST_PIECE_SECONDS: optionalNumber(1, 86_400),
  AI_SILENCE_SECONDS: optionalNumber(1, 86_400),
};

/** Variables whose values may stand in files: `OPENAI_API_KEY_FILE` and so on. */
export const aiSecretNames: readonly string[] = [
  'OPENAI_API_KEY',
  'ANTHROPIC_API_KEY',
  'GRPC_AI_BACKEND_TOKEN',
];

const aiEnvironment = z.object(aiConfigShape);

/** The values of {@link aiConfigShape}. */
export type AiEnvironment = z.infer<typeof aiEnvironment>;

/** Variables that are each right but do not go together; `variable` is the one to set. */
export class AiConfigError extends Error {
  readonly variable: keyof AiEnvironment;

  constructor(variable: keyof AiEnvironment, problem: string) {
    super(`${variable} ${problem}`);
    this.name = 'AiConfigError';
    this.variable = variable;
  }
}

function chosenProvider(env: AiEnvironment): ProviderConfig['provider'] {
  if (env.AI_PROVIDER) return env.AI_PROVIDER;
  const openAi = env.OPENAI_BASE_URL !== undefined || env.OPENAI_API_KEY !== undefined;
  const anthropic = env.ANTHROPIC_API_KEY !== undefined;
  if (openAi && anthropic) {
    throw new AiConfigError('AI_PROVIDER', 'must say which: both OpenAI and Anthropic are configured');
  }
  if (openAi) return 'openai';
  return anthropic ? 'anthropic' : 'offline';
}

type TextVariable = 'OPENAI_API_KEY' | 'OPENAI_MODEL' | 'ANTHROPIC_API_KEY' | 'ANTHROPIC_MODEL';

function required(env: AiEnvironment, variable: TextVariable, why: string): string {
  const value = env[variable];
  if (value === undefined) throw new AiConfigError(variable, `must be set: ${why}`);
  return value;
}

/** How long to wait for a sign of life of whoever answers, as the variables say. */
export function patienceFrom(env: AiEnvironment): AiPatience {
  const { AI_FIRST_PIECE_SECONDS: first, AI_SILENCE_SECONDS: silence } = env;
  return {
    firstPieceTimeoutMs: first === undefined ? defaultPatience.firstPieceTimeoutMs : first * 1000,
    silenceTimeoutMs: silence === undefined ? defaultPatience.silenceTimeoutMs : silence * 1000,
  };
}

function commonOptions(env: AiEnvironment): Partial<ModelServerOptions> {
  const isPatienceSet = env.AI_FIRST_PIECE_SECONDS !== undefined || env.AI_SILENCE_SECONDS !== undefined;
  return {
    ...(isPatienceSet && { patience: patienceFrom(env) }),
    ...(env.AI_THINK_TAGS !== undefined && { thinkTags: env.AI_THINK_TAGS === 'on' }),
  };
}

/**
 * The provider that the variables choose: the named one, or else the one that has a key or a base URL, or else the
 * offline one.
 * @throws {AiConfigError} when a variable is missing or two contradict each other.
 */
export function providerConfigFrom(env: AiEnvironment): ProviderConfig {
  const provider = chosenProvider(env);
  if (provider === 'offline') return { provider };
  if (provider === 'anthropic') {
    return {
      provider,
      apiKey: required(env, 'ANTHROPIC_API_KEY', 'a key of the Anthropic account'),
      model: required(env, 'ANTHROPIC_MODEL', "the model's name, as Anthropic lists it"),
      ...(env.ANTHROPIC_BASE_URL !== undefined && { baseUrl: env.ANTHROPIC_BASE_URL }),
      ...(env.ANTHROPIC_MAX_TOKENS !== undefined && { maxTokens: env.ANTHROPIC_MAX_TOKENS }),
      ...commonOptions(env),
    };
  }
  // Without a base URL it is OpenAI itself, which asks for a key; servers of one's own often do not.
  const needsKey = env.OPENAI_BASE_URL === undefined || env.OPENAI_API_KEY !== undefined;
  return {
    provider,
    baseUrl: env.OPENAI_BASE_URL ?? 'https://api.openai.com/v1',
    model: required(env, 'OPENAI_MODEL', "the model's name, as its server lists it"),
    ...(env.OPENAI_SYSTEM_ROLE !== undefined && { systemRole: env.OPENAI_SYSTEM_ROLE }),
    ...(env.OPENAI_STREAM_USAGE !== undefined && { streamUsage: env.OPENAI_STREAM_USAGE }),
    ...(env.OPENAI_EXTRA_BODY !== undefined && { extraBody: env.OPENAI_EXTRA_BODY }),
    ...commonOptions(env),
    ...(needsKey && { apiKey: required(env, 'OPENAI_API_KEY', 'a key of the OpenAI account') }),
  };
}
