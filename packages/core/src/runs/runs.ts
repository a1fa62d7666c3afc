import type { Message, Placed, Started, StreamEvent } from '@amanda/contract';

/**
 * The connection that a subscriber sits on, shared by all its subscriptions.
 * `ready` answers undefined when there is room now, else a promise for it. It must reject or resolve when the
 * connection closes.
 */
export interface Gate {
  ready(signal: AbortSignal): Promise<void> | undefined;
}

/** The writing of answers. A run belongs to no connection: nothing but `stop`, its end or a deletion ends it. */
export interface Runs {
  /** @throws RUN_ACTIVE, TOO_MANY_RUNS, CLIENT_ID_REUSED, NOT_FOUND, FOREIGN_OBJECT, SHUTTING_DOWN */
  send(
    userId: number,
    input: { chatId: number; text: string; clientId?: string | undefined },
  ): Promise<Started>;
  /** Answers the last question anew; the old answer becomes a version. */
  regenerate(userId: number, input: { messageId: number; clientId?: string | undefined }): Promise<Started>;
  /** Puts another question in the place of this one; it and all after it become versions. */
  edit(
    userId: number,
    input: { messageId: number; text: string; clientId?: string | undefined },
  ): Promise<Started>;
  /** Goes on with the last answer, which was stopped, interrupted or failed with text. */
  continue(userId: number, input: { messageId: number; clientId?: string | undefined }): Promise<Started>;
  /** Ends the run of this message, if there is one, and answers with the message as it is stored. May be called twice. */
  stop(userId: number, input: { messageId: number }): Promise<Message>;
  /**
   * Follows a message from a place on. Ends after its `end` event, or when the signal aborts.
   * @param input.from an event id of this message; from the beginning when absent
   * @throws NOT_FOUND, FOREIGN_OBJECT, INVALID_EVENT_ID
   */
  follow(
    userId: number,
    input: { messageId: number; from?: string | undefined },
    options: { signal: AbortSignal; gate?: Gate | undefined },
  ): AsyncGenerator<Placed<StreamEvent>, void, undefined>;
}
