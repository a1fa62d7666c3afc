import type { AiPiece, AiRequest, AiUsage } from '@amanda/ai-client';
import { type LanguageModel, type LanguageModelUsage, type ModelMessage, streamText } from 'ai';
import { ServerError, Status } from 'nice-grpc';
import { modelError } from './modelError.ts';

/** One model behind the `ai` SDK. */
export interface ModelSource {
  model: LanguageModel;
  modelName: string;
  /** Never to appear in an error. */
  secrets: readonly string[];
  /** How often a call that failed before its first byte is made again. */
  maxRetries: number;
}

/** While a model thinks without writing, an empty piece this often shows that it is alive. In milliseconds. */
const signOfLifeMs = 5_000;

const goOn =
  'Your last message broke off. Continue it from exactly where it ends: repeat none of it, do not comment on the ' +
  'interruption, and begin with the very next character.';

function instructionsOf({ systemPrompt, displayName }: AiRequest): string | undefined {
  const parts = [systemPrompt, displayName && `The user's name is ${JSON.stringify(displayName)}.`];
  return parts.filter(Boolean).join('\n\n') || undefined;
}

/**
 * The conversation for the model. A partial answer is followed by a request to go on, because a trailing assistant
 * message is not understood as a beginning by all models, and refused by some. Model servers refuse empty texts.
 */
function messagesOf({ history, message, continueFrom }: AiRequest): ModelMessage[] {
  const messages: ModelMessage[] = history.map(({ role, text }) => ({ role, content: text }));
  messages.push({ role: 'user', content: message });
  if (continueFrom?.trim()) {
    messages.push({ role: 'assistant', content: continueFrom.trimEnd() }, { role: 'user', content: goOn });
  }
  return messages.filter(({ content }) => typeof content !== 'string' || content.trim() !== '');
}

function usageOf({ inputTokens, outputTokens }: LanguageModelUsage): AiUsage | undefined {
  return inputTokens === undefined || outputTokens === undefined ? undefined : { inputTokens, outputTokens };
}

function lastPiece(
  finishReason: string,
  rawFinishReason: string | undefined,
  usage: AiUsage | undefined,
): AiPiece {
  const reason = finishReason === 'other' ? (rawFinishReason ?? finishReason) : finishReason;
  return { text: '', done: true, finishReason: reason, ...(usage && { usage }) };
}

/**
 * Writes one answer with a model. Aborting `signal` ends the HTTP request.
 * @throws {ServerError} as {@link modelError} makes it.
 */
export async function* streamModel(
  { model, modelName, secrets, maxRetries }: ModelSource,
  request: AiRequest,
  signal: AbortSignal,
): AsyncGenerator<AiPiece, void, undefined> {
  const messages = messagesOf(request);
  if (messages.length === 0) throw new ServerError(Status.INVALID_ARGUMENT, 'There is no text to answer');
  const instructions = instructionsOf(request);
  const abandoned = new AbortController();
  const result = streamText({
    model,
    messages,
    maxRetries,
    abortSignal: AbortSignal.any([signal, abandoned.signal]),
    // Errors come as parts of the stream; by default they would be printed as well.
    onError: () => {},
    ...(instructions !== undefined && { instructions }),
  });

  let first: Partial<AiPiece> = {
    model: modelName,
    ...(request.continueFrom !== undefined && { continues: true }),
  };
  let lastSign = Date.now();
  try {
    for await (const part of result.stream) {
      if (part.type === 'text-delta') {
        yield { text: part.text, done: false, ...first };
        first = {};
        lastSign = Date.now();
      } else if (part.type === 'error') {
        throw modelError(part.error, secrets);
      } else if (part.type === 'abort') {
        break;
      } else if (part.type === 'finish') {
        if (part.rawFinishReason === undefined) {
          throw new ServerError(Status.UNAVAILABLE, 'The model server ended the answer early');
        }
        yield { ...lastPiece(part.finishReason, part.rawFinishReason, usageOf(part.totalUsage)), ...first };
        return;
      } else if (Date.now() - lastSign >= signOfLifeMs) {
        yield { text: '', done: false, ...first };
        first = {};
        lastSign = Date.now();
      }
    }
    signal.throwIfAborted();
    throw new ServerError(Status.UNAVAILABLE, 'The model server ended the answer early');
  } catch (thrown) {
    signal.throwIfAborted();
    throw thrown instanceof ServerError ? thrown : modelError(thrown, secrets);
  } finally {
    // A reader that leaves early must not leave the HTTP request, and its cost, running.
    abandoned.abort();
  }
}
