import type { Message } from '@amanda/contract';
import type { UIMessage } from 'ai';
import { AmandaError } from '../errors/amanda-error.ts';

/** What a UI of the AI SDK knows of a message besides its text. */
export interface AmandaMetadata {
  readonly status: Message['status'];
  readonly createdAt?: Date;
  readonly version?: Message['version'];
}

/** A message of Amanda in the shape of the AI SDK; its id is Amanda's, as text. */
export type AmandaUIMessage = UIMessage<AmandaMetadata>;

/** Messages as `message.list` gives them, for `useChat({ messages })`. */
export function toUIMessages(messages: readonly Message[]): AmandaUIMessage[] {
  return messages.map(({ createdAt, id, role, status, text, version }) => ({
    id: String(id),
    role,
    metadata: { status, createdAt, version },
    parts: [{ type: 'text', text, state: status === 'streaming' ? 'streaming' : 'done' }],
  }));
}

/** @throws {AmandaError} NO_ATTACHMENTS for a message with a file, which would be lost silently */
export function refuseFiles(message: UIMessage | undefined): void {
  if (message?.parts.some(({ type }) => type === 'file') !== true) return;
  const text = 'Files cannot be sent in this chat yet. Please send text alone.';
  throw new AmandaError('NO_ATTACHMENTS', text);
}

/** The text of a message of the AI SDK. */
export function textOf(message: UIMessage | undefined): string {
  return message?.parts.map((part) => (part.type === 'text' ? part.text : '')).join('') ?? '';
}

/** Reads an id of Amanda from one of the AI SDK, whose own ids are no numbers. */
export function toId(text: string | undefined): number | undefined {
  return text !== undefined && /^[1-9]\d{0,15}$/.test(text) ? Number(text) : undefined;
}
