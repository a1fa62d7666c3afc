import { isObject, type JsonObject, objectsOf, textOf } from './json.ts';
import { type ModelPart, type PartReader, usagePart } from './part.ts';
import { isError } from './refusal.ts';

const reasoningFields = ['reasoning_content', 'reasoning', 'reasoning_details', 'thinking'];

/** A text, or a list of typed parts as Mistral sends them. */
function contentParts(content: unknown): ModelPart[] {
  if (typeof content === 'string') return content === '' ? [] : [{ type: 'text', text: content }];
  return objectsOf(content).flatMap((part): ModelPart[] => {
    if (part['type'] === 'thinking' || part['type'] === 'reasoning') return [{ type: 'reasoning' }];
    const text = textOf(part['text']);
    return text === undefined ? [] : [{ type: 'text', text }];
  });
}

function isThinking(delta: JsonObject): boolean {
  return reasoningFields.some((name) => {
    const value = delta[name];
    return textOf(value) !== undefined || (Array.isArray(value) && value.length > 0) || isObject(value);
  });
}

const isCall = (calls: unknown) => objectsOf(calls).length > 0;

function errorOf(value: JsonObject, name: string | undefined): unknown {
  if (isError(value['error'])) return value['error'];
  const hasChoices = Array.isArray(value['choices']);
  if (!hasChoices && (value['object'] === 'error' || value['type'] === 'error' || name === 'error'))
    return value;
  return undefined;
}

/** Reads OpenAI's chat completions, streamed or whole, as the many servers that speak them write them. */
export function chatCompletionsReader(): PartReader {
  let hasText = false;
  return (value, name) => {
    const parts: ModelPart[] = [];
    const choices = objectsOf(value['choices']);
    const choice =
      choices.find((one) => one['index'] === 0) ?? choices.find((one) => one['index'] === undefined);
    if (choice !== undefined) {
      // A whole message beside or after deltas repeats them.
      const message = hasText ? undefined : choice['message'];
      const delta = isObject(choice['delta']) ? choice['delta'] : message;
      if (isObject(delta)) {
        if (isThinking(delta)) parts.push({ type: 'reasoning' });
        if (isCall(delta['tool_calls']) || isObject(delta['function_call'])) parts.push({ type: 'tool' });
        parts.push(...contentParts(delta['content']), ...contentParts(delta['refusal']));
      } else parts.push(...contentParts(choice['text']));
    }
    hasText ||= parts.some(({ type }) => type === 'text');
    const usage = value['usage'];
    if (isObject(usage)) parts.push(...usagePart(usage['prompt_tokens'], usage['completion_tokens']));
    // Behind the text, and before the reason: it may come in the same event as either, and says more than that.
    const error =
      errorOf(value, name) ??
      (choice !== undefined && isError(choice['error']) ? choice['error'] : undefined);
    if (error !== undefined) parts.push({ type: 'error', error });
    const reason = textOf(choice?.['finish_reason']);
    if (reason !== undefined && reason !== 'null') parts.push({ type: 'finish', reason });
    return parts;
  };
}
