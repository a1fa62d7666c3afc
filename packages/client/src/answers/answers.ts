import { type Answer, type AnswerControl, createAnswer, type Follow, type KnownAnswer } from './answer.ts';
import type { Places } from './store.ts';

/** The answers that somebody follows or has followed lately. */
export interface Answers {
  /** The one answer of a message; the same object for all who follow it at a time. */
  of(messageId: number, known?: KnownAnswer): Answer;
  clear(): void;
}

/** Answers that nobody follows are forgotten beyond so many. */
const mostIdle = 50;

/** Makes the answers of one client. */
export function createAnswers(options: { places: Places; follow: Follow }): Answers {
  const answers = new Map<number, AnswerControl>();

  const forgetIdle = () => {
    if (answers.size <= mostIdle) return;
    for (const [messageId, answer] of answers) if (!answer.watched) answers.delete(messageId);
  };

  return {
    of(messageId, known) {
      const there = answers.get(messageId);
      if (there !== undefined) {
        if (known !== undefined) there.learn(known);
        return there;
      }
      forgetIdle();
      const made: AnswerControl = createAnswer({
        ...options,
        messageId,
        known,
        // Whoever kept it while it was forgotten shares it again.
        onWatched: () => answers.has(messageId) || answers.set(messageId, made),
      });
      answers.set(messageId, made);
      return made;
    },
    clear: () => answers.clear(),
  };
}
