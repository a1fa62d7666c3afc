/** How an answer ended for one viewer. */
export interface Ending {
  /** As `message.stream` says it; `error` where a legacy client is told of no more than that. */
  readonly status: string;
  /** The stored text as the last event gives it; null where it gives none. */
  readonly stored: string | null;
}

/** What one viewer of one answer sees, held against what the model said. */
export interface Screen {
  readonly text: string;
  /** When something was last shown or the answer ended; the clock of `performance.now()`. */
  readonly changedAt: number;
  /** Breaches of the law, in words; none if all is well. */
  readonly breaches: readonly string[];
  /** Resolves when it shows something. */
  readonly begun: Promise<void>;
  readonly ended: Promise<Ending>;
  readonly isEnded: boolean;
  /** Applies a delta as every client must: by its offset. */
  show(offset: number, text: string): void;
  end(ending: Ending): void;
  complain(what: string): void;
}

/** Makes an empty screen. @param said the whole answer */
export function createScreen(said: string): Screen {
  const breaches: string[] = [];
  const begun = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<Ending>();
  let text = '';
  let changedAt = performance.now();
  let first: Ending | undefined;
  return {
    get text() {
      return text;
    },
    get changedAt() {
      return changedAt;
    },
    get isEnded() {
      return first !== undefined;
    },
    breaches,
    begun: begun.promise,
    ended: ended.promise,
    show(offset, delta) {
      changedAt = performance.now();
      if (first !== undefined) breaches.push('text after the end');
      if (offset > text.length) {
        breaches.push(`a gap: ${text.length} shown, a delta at ${offset}`);
        return;
      }
      if (!said.startsWith(delta, offset)) breaches.push(`at ${offset} something that was not said`);
      text += delta.slice(text.length - offset);
      if (text !== '') begun.resolve();
    },
    end(ending) {
      changedAt = performance.now();
      // A link that breaks right behind an `end` brings it again, and it must say the same (docs/streaming.md, Ids).
      if (first !== undefined && (first.status !== ending.status || first.stored !== ending.stored)) {
        breaches.push(`another end: ${first.status}, then ${ending.status}`);
      }
      first ??= ending;
      if (ending.stored !== null && ending.stored !== text) {
        breaches.push(`at the end ${text.length} shown, ${ending.stored.length} stored`);
      }
      ended.resolve(ending);
    },
    complain(what) {
      breaches.push(what);
    },
  };
}
