import { isObject, type JsonObject, objectsOf, textOf } from './json.ts';
import { type ModelPart, type PartReader, usagePart } from './part.ts';
import { isError } from './refusal.ts';

function blockParts(block: unknown): ModelPart[] {
  if (!isObject(block)) return [];
  const text = textOf(block['text']);
  if (text !== undefined && block['type'] !== 'thinking_delta') return [{ type: 'text', text }];
  if (block['type'] === 'tool_use') return [{ type: 'tool' }];
  return String(block['type']).includes('thinking') ? [{ type: 'reasoning' }] : [];
}

function usageParts(usage: unknown): ModelPart[] {
  return isObject(usage) ? usagePart(usage['input_tokens'], usage['output_tokens']) : [];
}

function finishParts(reason: unknown): ModelPart[] {
  const word = textOf(reason);
  return word === undefined ? [] : [{ type: 'finish', reason: word }];
}

function whole(message: JsonObject): ModelPart[] {
  return [
    ...objectsOf(message['content']).flatMap(blockParts),
    ...finishParts(message['stop_reason']),
    ...usageParts(message['usage']),
  ];
}

function parts(value: JsonObject, name: string | undefined): ModelPart[] {
  switch (value['type'] ?? name) {
    case 'message_start':
      return isObject(value['message']) ? usageParts(value['message']['usage']) : [];
    case 'content_block_start':
      return blockParts(value['content_block']);
    case 'content_block_delta':
      return blockParts(value['delta']);
    case 'message_delta':
      return [
        ...(isObject(value['delta']) ? finishParts(value['delta']['stop_reason']) : []),
        ...usageParts(value['usage']),
      ];
    case 'message_stop':
      return [{ type: 'end' }];
    case 'message':
      return whole(value);
    case 'error':
      return [{ type: 'error', error: value['error'] ?? value }];
    default:
      return isError(value['error']) ? [{ type: 'error', error: value['error'] }] : [];
  }
}

/** Reads Anthropic's messages, streamed or whole. */
export function anthropicMessagesReader(): PartReader {
  return parts;
}
