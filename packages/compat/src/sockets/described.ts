/** An event of the Socket.IO surface, for the document. */
interface DescribedEvent {
  readonly name: string;
  /** The fields of its one argument, with what they hold. */
  readonly payload: Readonly<Record<string, string>>;
  readonly summary: string;
}

const chatOrMessage = { chat_id: 'number, or its decimal text', message_id: 'instead of chat_id' };

/** What clients may send. Each is acknowledged when it is asked for; a refusal acknowledges with `{error: {message}}`. */
export const clientEvents: readonly DescribedEvent[] = [
  {
    name: 'send_message',
    payload: { chat_id: 'number, or its decimal text', message: 'text' },
    summary: 'Stores a message and shows the answer; acknowledged with {message_id, user_message_id}',
  },
  {
    name: 'stop_message',
    payload: chatOrMessage,
    summary: 'Ends the answer that is being written; acknowledged with {message_id, status}',
  },
  {
    name: 'resume_message',
    payload: { ...chatOrMessage, offset: 'UTF-16 units that are there already; 0 when absent' },
    summary: 'Shows the rest of an answer; acknowledged with {message_id}',
  },
];

/** What the server sends, to the sending socket only. */
export const serverEvents: readonly DescribedEvent[] = [
  { name: 'message_token', payload: { text: 'text' }, summary: 'The next piece of the answer' },
  {
    name: 'message_complete',
    payload: { message_id: 'number', full_text: 'all pieces, joined' },
    summary: 'The answer has ended',
  },
  {
    name: 'error',
    payload: { message: 'text', retry_after_seconds: 'number, when a limit was reached' },
    summary: 'A refusal. The socket stays usable, unless the session has ended',
  },
];
