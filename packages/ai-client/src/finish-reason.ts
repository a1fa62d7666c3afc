/** Longest word of a provider's own that is kept, in UTF-16 code units. */
const longestWord = 100;

const known: ReadonlyMap<string, string> = new Map([
  ['stop', 'stop'],
  ['end_turn', 'stop'],
  ['stop_sequence', 'stop'],
  ['eos', 'stop'],
  ['eos_token', 'stop'],
  ['length', 'length'],
  ['max_tokens', 'length'],
  ['max_output_tokens', 'length'],
  ['model_length', 'length'],
  ['model_context_window_exceeded', 'length'],
  ['content_filter', 'content-filter'],
  ['content-filter', 'content-filter'],
  ['safety', 'content-filter'],
  ['refusal', 'content-filter'],
  ['sensitive', 'content-filter'],
  ['tool_calls', 'tool-calls'],
  ['tool-calls', 'tool-calls'],
  ['tool_use', 'tool-calls'],
  ['function_call', 'tool-calls'],
  ['error', 'error'],
]);

/** The one word for a reason that providers name in many ways; a word of a provider's own stays. */
export function finishReasonOf(word: string): string {
  return known.get(word.toLowerCase()) ?? word.slice(0, longestWord).toWellFormed();
}
