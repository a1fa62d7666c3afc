import type { MessageStatus, StreamEvent } from '@amanda/contract';

/** What is known of an answer: its text is always a prefix of the stored one, and at the end equals it. */
export interface AnswerText {
  readonly text: string;
  readonly status: MessageStatus;
  /** Text is missing before what came: subscribe again from the length of `text`. */
  readonly gap: boolean;
}

/**
 * Applies an event of `message.stream` to what is known so far. A delta counts from its `offset` (UTF-16 code units):
 * what lies before the end of the text is known already, since two subscriptions of one message may overlap.
 */
export function applyStreamEvent(answer: AnswerText, event: StreamEvent): AnswerText {
  if (event.type === 'reset') return { ...answer, text: event.text, gap: false };
  if (event.type === 'end') {
    return { text: event.message?.text ?? answer.text, status: event.status, gap: false };
  }
  if (event.type !== 'delta') return answer;
  const known = answer.text.length - event.offset;
  if (known < 0) return { ...answer, gap: true };
  return known >= event.text.length ? answer : { ...answer, text: answer.text + event.text.slice(known) };
}
