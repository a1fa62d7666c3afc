import type { Message, Started } from '@amanda/client';

/** A turn that the server has confirmed, as this page asked for it. */
export type BegunTurn =
  | { readonly kind: 'send'; readonly clientId: string; readonly text: string }
  | {
      readonly kind: 'regenerate' | 'edit' | 'continue';
      readonly messageId: number;
      readonly text: string | null;
    };

/** The path as the server has it once it has confirmed a turn, known without asking again. */
export function withTurn(
  messages: readonly Message[],
  begun: BegunTurn,
  started: Started,
): readonly Message[] {
  const answer: Message = {
    id: started.messageId,
    chatId: started.chatId,
    role: 'assistant',
    text: '',
    status: 'streaming',
    createdAt: new Date(),
    error: null,
    replyTo: started.questionId,
    version: { index: 1, count: 1 },
    eventId: started.eventId,
    usage: null,
  };
  const question = (text: string, version: Message['version']): Message => ({
    ...answer,
    id: started.questionId,
    role: 'user',
    text,
    status: 'complete',
    replyTo: null,
    version,
    eventId: null,
  });
  if (begun.kind === 'send') {
    const others = messages.filter(({ id }) => id !== started.questionId && id !== started.messageId);
    return [...others, question(begun.text, answer.version), answer];
  }

  const at = messages.findIndex(({ id }) => id === begun.messageId);
  const old = messages[at];
  const count = (old?.version.count ?? 0) + 1;
  const before = messages.slice(0, Math.max(0, at));
  const version = { index: count, count };
  if (begun.kind === 'edit') return [...before, question(begun.text ?? '', version), answer];
  if (begun.kind === 'regenerate') return [...before, { ...answer, version }];
  const going: Message = { ...(old ?? answer), status: 'streaming', error: null, eventId: started.eventId };
  return messages.map((message) => (message.id === begun.messageId ? going : message));
}

/** Whether two readings of a message show the same; of one that is being written, the text is followed elsewhere. */
export function isSame(a: Message, b: Message): boolean {
  const isStreaming = a.status === 'streaming' && b.status === 'streaming';
  return (
    a.status === b.status &&
    (isStreaming || a.text === b.text) &&
    a.error === b.error &&
    a.version.index === b.version.index &&
    a.version.count === b.version.count
  );
}
