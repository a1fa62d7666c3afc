import { type AiClient, AiError, type AiPiece, createAiClient } from '@amanda/ai-client';
import { createAiServer, type ProviderConfig, providerFromConfig } from '@amanda/ai-service';

import type { Config } from '../config/config.ts';
import { bad, type Finding, ok } from './finding.ts';

/** As much of an answer as a line can take, in UTF-16 code units. */
const longestQuote = 60;

/** The shortest question that gets an answer; the ids are of nobody. */
const question = { userId: 0, chatId: 0, message: 'Reply with the single word: hello', history: [] };

/**
 * Whether somebody is there to answer, shown by one real question. Takes as long as an answer may take, and costs what
 * one costs; the built-in partner that needs no model is not asked.
 */
export async function aiFinding(config: Config): Promise<Finding> {
  const { aiBackend, provider, aiPatience } = config;
  if (aiBackend !== null) {
    await using client = createAiClient({ ...aiBackend, ...aiPatience });
    const place = `The AI backend at ${aiBackend.host}:${aiBackend.port}`;
    const health = await client.health();
    if (health === 'unreachable') return bad(`${place} is not reachable`);
    if (health === 'not_serving') return bad(`${place} is not serving`);
    return await answerFinding(client, place);
  }
  if (provider.provider === 'offline') return ok('The AI backend is the built-in one (offline)');
  await using backend = await createAiServer({ provider: providerFromConfig(provider) });
  await using client = createAiClient({ host: backend.host, port: backend.port, ...aiPatience });
  return await answerFinding(client, `The model ${provider.model} at ${placeOf(provider)}`);
}

/** Without credentials and query, where keys may stand. */
function placeOf(provider: Exclude<ProviderConfig, { provider: 'offline' }>): string {
  if (provider.baseUrl === undefined) return 'Anthropic';
  const { origin, pathname } = new URL(provider.baseUrl);
  return origin + pathname;
}

async function answerFinding(client: AiClient, place: string): Promise<Finding> {
  let text = '';
  let last: Partial<AiPiece> = {};
  try {
    for await (const piece of client.stream(question, { signal: new AbortController().signal })) {
      if (text.length < 10 * longestQuote) text += piece.text;
      last = piece;
    }
  } catch (error) {
    if (!(error instanceof AiError)) throw error;
    return bad(`${place} does not answer: ${error.message}`);
  }
  const line = text.replace(/[\s\p{Cc}]+/gu, ' ').trim();
  if (line === '') {
    const thought = last.reasoned === true ? ', after it reasoned' : '';
    return bad(`${place} ended without text (finish reason: ${last.finishReason ?? 'none'}${thought})`);
  }
  const quote = line.length > longestQuote ? `${line.slice(0, longestQuote).toWellFormed()}…` : line;
  return ok(`${place} answers: “${quote}”`);
}
