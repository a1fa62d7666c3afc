/** One way to take a clause apart, and the ways to put an answer together: `{1}` is the first group, reflected. */
export interface Decomposition {
  pattern: RegExp;
  /** Used in turn, so that the same remark does not get the same answer twice. */
  replies: readonly string[];
  /** Kept for later, when nothing else comes to mind. */
  memories?: readonly string[];
}

/** What a word means to the responder; of several in a message the highest rank wins, then the first. */
export interface Keyword {
  rank: number;
  word: RegExp;
  decompositions: readonly Decomposition[];
}

/** When no keyword helps. */
export const fallbacks: readonly string[] = [
  'Please go on.',
  'I am not sure that I follow you yet. Can you put it in other words?',
  'What does that suggest to you{name}?',
  'Tell me more about that.',
  'How do you feel about it?',
  'And what then?',
];

/** When there is nothing to read: no letter and no digit. */
export const silences: readonly string[] = [
  'Take your time. I am here when you want to begin.',
  'Sometimes there are no words. What would you say if there were?',
  'I am still listening.',
];

/** When there are only digits. */
export const numbers: readonly string[] = [
  'What does that number stand for?',
  'Numbers can mean much. What does this one mean to you?',
];
