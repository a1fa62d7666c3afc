import { expect, test } from 'vitest';
import { z } from 'zod';
import { type AiEnvironment, aiConfigShape, providerConfigFrom, providerFromConfig } from '../src/index.ts';

const read = (variables: Record<string, string>): AiEnvironment => z.object(aiConfigShape).parse(variables);

test.each([
  [{}, { provider: 'offline' }],
  [{ OPENAI_BASE_URL: '', OPENAI_API_KEY: '', AI_PROVIDER: '' }, { provider: 'offline' }],
  [
    { OPENAI_BASE_URL: 'http://127.0.0.1:11434/v1', OPENAI_MODEL: 'm' },
    { provider: 'openai', baseUrl: 'http://127.0.0.1:11434/v1', model: 'm' },
  ],
  [
    { OPENAI_API_KEY: 'k', OPENAI_MODEL: 'm' },
    { provider: 'openai', baseUrl: 'https://api.openai.com/v1', apiKey: 'k', model: 'm' },
  ],
  [
    { ANTHROPIC_API_KEY: 'k', ANTHROPIC_MODEL: 'm' },
    { provider: 'anthropic', apiKey: 'k', model: 'm' },
  ],
  [
    {
      OPENAI_BASE_URL: 'http://127.0.0.1:1/v1',
      OPENAI_MODEL: 'm',
      OPENAI_SYSTEM_ROLE: 'user',
      OPENAI_STREAM_USAGE: 'off',
      OPENAI_EXTRA_BODY: '{"temperature":0.2}',
      AI_THINK_TAGS: 'off',
      AI_SILENCE_SECONDS: '7',
    },
    {
      provider: 'openai',
      baseUrl: 'http://127.0.0.1:1/v1',
      model: 'm',
      systemRole: 'user',
      streamUsage: 'off',
      extraBody: { temperature: 0.2 },
      thinkTags: false,
      patience: { firstPieceTimeoutMs: 300_000, silenceTimeoutMs: 7_000 },
    },
  ],
  [
    { ANTHROPIC_API_KEY: 'k', ANTHROPIC_MODEL: 'm', ANTHROPIC_MAX_TOKENS: '1000' },
    { provider: 'anthropic', apiKey: 'k', model: 'm', maxTokens: 1000 },
  ],
  [{ AI_PROVIDER: 'offline', ANTHROPIC_API_KEY: 'k' }, { provider: 'offline' }],
  [
    { AI_PROVIDER: 'anthropic', OPENAI_API_KEY: 'o', ANTHROPIC_API_KEY: 'k', ANTHROPIC_MODEL: 'm' },
    { provider: 'anthropic', apiKey: 'k', model: 'm' },
  ],
])('%j', (variables: Record<string, string>, config) => {
  const chosen = providerConfigFrom(read(variables));

  expect(chosen).toEqual(config);
  expect(providerFromConfig(chosen).name).toBe(config.provider);
});

test.each([
  [{ OPENAI_API_KEY: 'k' }, 'OPENAI_MODEL'],
  [{ AI_PROVIDER: 'openai', OPENAI_MODEL: 'm' }, 'OPENAI_API_KEY'],
  [{ AI_PROVIDER: 'anthropic' }, 'ANTHROPIC_API_KEY'],
  [{ ANTHROPIC_API_KEY: 'k' }, 'ANTHROPIC_MODEL'],
  [{ ANTHROPIC_API_KEY: 'k', OPENAI_API_KEY: 'k' }, 'AI_PROVIDER'],
])('%j lacks %s', (variables: Record<string, string>, variable) => {
  expect(() => providerConfigFrom(read(variables))).toThrow(expect.objectContaining({ variable }));
});

test.each([
  { OPENAI_SYSTEM_ROLE: 'developer' },
  { OPENAI_STREAM_USAGE: 'yes' },
  { OPENAI_EXTRA_BODY: '[1]' },
  { OPENAI_EXTRA_BODY: '{' },
  { AI_THINK_TAGS: 'no' },
  { AI_FIRST_PIECE_SECONDS: '0' },
  { AI_SILENCE_SECONDS: '1.5' },
  { ANTHROPIC_MAX_TOKENS: 'many' },
  { AI_PROVIDER: 'chatgpt' },
  { OPENAI_BASE_URL: 'localhost:11434' },
  { ANTHROPIC_BASE_URL: 'file:///etc/passwd' },
])('%j is refused', (variables: Record<string, string>) => {
  expect(() => read(variables)).toThrow(z.ZodError);
});
