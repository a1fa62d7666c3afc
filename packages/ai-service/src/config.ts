import { z } from 'zod';
import { type AnthropicOptions, anthropicProvider } from './models/anthropicProvider.ts';
import { type OpenAiCompatibleOptions, openAiCompatibleProvider } from './models/openAiCompatibleProvider.ts';
import { type OfflineOptions, offlineProvider } from './offline/offlineProvider.ts';
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
  ANTHROPIC_BASE_URL: optionalUrl,
  ANTHROPIC_API_KEY: optionalText,
  ANTHROPIC_MODEL: optionalText,
};

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

function required(env: AiEnvironment, variable: keyof AiEnvironment, why: string): string {
  const value = env[variable];
  if (value === undefined) throw new AiConfigError(variable, `must be set: ${why}`);
  return value;
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
    };
  }
  // Without a base URL it is OpenAI itself, which asks for a key; servers of one's own often do not.
  const needsKey = env.OPENAI_BASE_URL === undefined || env.OPENAI_API_KEY !== undefined;
  return {
    provider,
    baseUrl: env.OPENAI_BASE_URL ?? 'https://api.openai.com/v1',
    model: required(env, 'OPENAI_MODEL', "the model's name, as its server lists it"),
    ...(needsKey && { apiKey: required(env, 'OPENAI_API_KEY', 'a key of the OpenAI account') }),
  };
}
