/** One turn of the conversation so far. */
export interface AiTurn {
  role: 'user' | 'assistant';
  text: string;
}

/** A question for the AI backend, and what it needs to answer it. All texts are well-formed Unicode. */
export interface AiRequest {
  userId: number;
  chatId: number;
  /** The last question; also set when a partial answer to it is continued. */
  message: string;
  /** What was said before `message`, oldest first, without it. The caller keeps it within its budget. */
  history: readonly AiTurn[];
  systemPrompt?: string;
  displayName?: string;
  /** The partial answer to `message` to go on from. Look at {@link AiPiece.continues} before appending what comes. */
  continueFrom?: string;
}

/** Tokens, as the model counts them. */
export interface AiUsage {
  inputTokens: number;
  outputTokens: number;
}

/** A piece of an answer, in the order of the text. */
export interface AiPiece {
  /** Text to append; may be empty. Never ends inside a surrogate pair. */
  text: string;
  /** True on the last piece, and only there. */
  done: boolean;
  /** The model that writes, as its provider names it. */
  model?: string;
  usage?: AiUsage;
  /**
   * Why the model stopped: `stop`, `length`, `content-filter`, `tool-calls`, `error`, or a word of the provider's own.
   */
  finishReason?: string;
  /** On the last piece: the model thought before it wrote, or instead. */
  reasoned?: boolean;
  /**
   * Set on the first piece by a backend that knows continuation: this answer follows on from
   * {@link AiRequest.continueFrom}. A backend that does not set it wrote a whole answer from the beginning.
   */
  continues?: boolean;
}

/** What a health check found out; `unknown` is a backend that answers but has no health service. */
export type AiHealth = 'serving' | 'not_serving' | 'unreachable' | 'unknown';

/** The way to an AI backend. Made once and kept: it connects when first used, and again when the connection is lost. */
export interface AiClient {
  /**
   * Asks for one answer. The call starts with the first pull; nothing is read ahead of the reader beyond the
   * transport's window. The last piece has `done` set, also when the backend forgot it. Leaving the loop early
   * cancels the call.
   * @throws {DOMException} named `AbortError`, at once, when `signal` aborts.
   * @throws {AiError} for everything else.
   */
  stream(request: AiRequest, options: { signal: AbortSignal }): AsyncIterable<AiPiece>;
  /** Asks the backend's health service. Never rejects, except with an `AbortError` when `signal` aborts. */
  health(signal?: AbortSignal): Promise<AiHealth>;
  /** Ends every stream with {@link AiError} `CLOSED` and closes the connection. May be called twice. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}
