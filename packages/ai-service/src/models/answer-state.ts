import { type AiPiece, finishReasonOf, safeReason } from '@amanda/ai-client';
import { ServerError, Status } from 'nice-grpc';
import { isObject } from './json.ts';
import type { ModelPart } from './part.ts';
import { errorInStream, reasonOfBody } from './refusal.ts';
import { type ThoughtFilter, thoughtFilter } from './thinking.ts';

/** What is known of an answer while it is read. */
export interface AnswerState {
  /** Takes a part in. @returns the text of it that is to be shown @throws {ServerError} for an error of the server's */
  take(part: ModelPart): string;
  /** Remembers what could not be read, to explain an end. */
  unread(text: string): void;
  /** Text that was held back, when nothing more comes. */
  rest(): string;
  /** The protocol's own end has come. */
  readonly isOver: boolean;
  /** The model has said why it stopped; what follows is only about the answer. */
  readonly isFinished: boolean;
  readonly hasText: boolean;
  /** The last piece. @throws {ServerError} when the model server broke off */
  last(): AiPiece;
}

const isVisible = (text: string) => text.trim() !== '';

/** @param options.thinkTags whether `<think>` at the beginning is taken for thoughts */
export function answerState(options: { thinkTags: boolean; secrets: readonly string[] }): AnswerState {
  const thoughts: ThoughtFilter | undefined = options.thinkTags ? thoughtFilter() : undefined;
  const counts: { input?: number; output?: number } = {};
  let finish: string | undefined;
  let isOver = false;
  let hasText = false;
  let reasoned = false;
  let calledTool = false;
  let unread: string | undefined;

  const shown = (text: string) => {
    hasText ||= isVisible(text);
    return text;
  };

  return {
    take(part) {
      switch (part.type) {
        case 'text':
          return shown(thoughts === undefined ? part.text : thoughts.push(part.text));
        case 'reasoning':
          reasoned = true;
          return '';
        case 'tool':
          calledTool = true;
          return '';
        case 'finish':
          finish = finishReasonOf(part.reason);
          return '';
        case 'usage':
          if (part.inputTokens !== undefined) counts.input = part.inputTokens;
          if (part.outputTokens !== undefined) counts.output = part.outputTokens;
          return '';
        case 'error':
          throw errorInStream(part.error, options.secrets);
        default:
          isOver = true;
          return '';
      }
    },
    unread(text) {
      unread = text;
    },
    rest: () => shown(thoughts?.rest() ?? ''),
    get isOver() {
      return isOver;
    },
    get isFinished() {
      // Why it went wrong may come behind it.
      return finish !== undefined && finish !== 'error';
    },
    get hasText() {
      return hasText;
    },
    last() {
      if (!isOver && finish === undefined) throw brokeOff(unread, options.secrets);
      if (finish === 'error')
        throw new ServerError(
          Status.INTERNAL,
          withReason('The model stopped with an error', unread, options.secrets),
        );
      const reason = finish ?? (calledTool && !hasText ? 'tool-calls' : undefined);
      const { input, output } = counts;
      return {
        text: '',
        done: true,
        ...(reason !== undefined && { finishReason: reason }),
        ...(input !== undefined &&
          output !== undefined && { usage: { inputTokens: input, outputTokens: output } }),
        ...((reasoned || thoughts?.hasThought === true) && { reasoned: true }),
      };
    },
  };
}

function withReason(text: string, unread: string | undefined, secrets: readonly string[]): string {
  const reason = unread === undefined ? '' : safeReason(reasonOfBody(unread), secrets);
  return reason === '' ? text : `${text}; it said: ${reason}`;
}

function brokeOff(unread: string | undefined, secrets: readonly string[]): ServerError {
  if (unread !== undefined && /^\s*</u.test(unread)) {
    const text = 'The model server sent a page for people, not an answer; is the base URL right?';
    return new ServerError(Status.FAILED_PRECONDITION, withReason(text, unread, secrets));
  }
  return new ServerError(
    Status.UNAVAILABLE,
    withReason('The model server ended the answer early', unread, secrets),
  );
}

/** What an event that means nothing to the answer may have to say about its end. */
export function unreadOf(value: unknown): string | undefined {
  return isObject(value) && ('message' in value || 'detail' in value || 'msg' in value)
    ? JSON.stringify(value).slice(0, 4_000)
    : undefined;
}
