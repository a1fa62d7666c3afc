import { type AmandaClient, amandaErrorOf, newClientId, type Started } from '@amanda/client';
import { createSignal, type Signal } from '../server/signal.ts';
import { storage } from '../server/storage.ts';
import { text } from '../text/text.ts';

/** A message that the server has not confirmed yet. */
export interface Waiting {
  /** Names the message for the server: however often it is sent, it is stored once. */
  readonly clientId: string;
  /** Null while the chat itself is not made. */
  readonly chatId: number | null;
  /** Names the chat that is to be made. */
  readonly newChat: string | null;
  readonly text: string;
  readonly at: number;
  /** `queued`: an answer is still being written in this chat. */
  readonly state: 'waiting' | 'sending' | 'queued' | 'failed';
  readonly error: string | null;
}

/** Messages on their way. They survive a reload and are sent as soon as the server can be reached. */
export interface Outbox {
  readonly entries: Pick<Signal<readonly Waiting[]>, 'get' | 'subscribe'>;
  add(message: { chatId: number | null; newChat: string | null; text: string }): Waiting;
  /** Tries a failed message again, under its old name. */
  retry(clientId: string): void;
  /** Takes a message back. */
  remove(clientId: string): void;
  /** Looks for what can be sent now. */
  deliver(): void;
  close(): void;
}

/** What the outbox needs of the page. */
export interface OutboxOptions {
  readonly client: AmandaClient;
  readonly userId: number;
  /** Whether an answer is being written in this chat, as far as this page knows. */
  isBusy(chatId: number): boolean;
  onChat(newChat: string, chatId: number): void;
  onStarted(entry: Waiting, started: Started): void;
}

/** A chat that is busy elsewhere is asked again after so long, in milliseconds, if nobody says that it is free. */
const askAgainMs = 4_000;

/** Makes the outbox of one user on this page. Each message has a key of its own, so that tabs never overwrite each other's. */
export function createOutbox(options: OutboxOptions): Outbox {
  const { client, userId } = options;
  const prefix = `amanda.outbox.${userId}.`;
  const entries = createSignal<readonly Waiting[]>(load(prefix));
  const underWay = new Map<string, AbortController>();
  const timers = new Set<ReturnType<typeof setTimeout>>();
  let isClosed = false;

  const put = (entry: Waiting) => {
    storage.set(prefix + entry.clientId, JSON.stringify(entry));
    const others = entries.get().filter(({ clientId }) => clientId !== entry.clientId);
    entries.set([...others, entry].toSorted((a, b) => a.at - b.at));
  };
  const drop = (clientId: string) => {
    storage.remove(prefix + clientId);
    entries.set(entries.get().filter((entry) => entry.clientId !== clientId));
  };
  const current = (clientId: string) => entries.get().find((entry) => entry.clientId === clientId);
  const change = (clientId: string, part: Partial<Waiting>) => {
    const entry = current(clientId);
    if (entry !== undefined) put({ ...entry, ...part });
  };
  const later = () => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      deliver();
    }, askAgainMs);
    timers.add(timer);
  };
  /** What must be sent one after the other. */
  const line = (entry: Waiting) => entry.chatId ?? entry.newChat;

  async function send(entry: Waiting, signal: AbortSignal): Promise<void> {
    let { chatId } = entry;
    if (chatId === null) {
      const made = await client.trpc.chat.create.mutate(
        { clientId: entry.newChat ?? entry.clientId },
        { signal },
      );
      chatId = made.id;
      for (const other of entries.get()) if (line(other) === line(entry)) put({ ...other, chatId });
      options.onChat(entry.newChat ?? entry.clientId, chatId);
    }
    const started = await client.chat(chatId).send(entry.text, { clientId: entry.clientId, signal }).started;
    options.onStarted({ ...entry, chatId }, started);
    drop(entry.clientId);
  }

  async function attempt(entry: Waiting): Promise<void> {
    const abort = new AbortController();
    underWay.set(entry.clientId, abort);
    change(entry.clientId, { state: 'sending', error: null });
    try {
      await send(entry, abort.signal);
    } catch (thrown) {
      const error = amandaErrorOf(thrown);
      if (error.code === 'ABORTED') return;
      if (error.code === 'RUN_ACTIVE') {
        change(entry.clientId, { state: 'queued' });
        later();
      } else if (error.retry || error.code === 'UNAUTHENTICATED' || error.code === 'SESSION_ENDED') {
        change(entry.clientId, { state: 'waiting' });
        later();
      } else {
        const isTooLong = error.code === 'INVALID_INPUT' && error.details.reason === 'long';
        change(entry.clientId, { state: 'failed', error: isTooLong ? text.composer.tooLong : error.message });
      }
    } finally {
      underWay.delete(entry.clientId);
      // What could not be sent now is tried again when something has changed, never at once.
      const state = current(entry.clientId)?.state;
      if (state === undefined || state === 'failed') deliver();
    }
  }

  function deliver(): void {
    if (isClosed) return;
    const taken = new Set<number | string | null>();
    for (const entry of entries.get()) {
      const key = line(entry);
      if (entry.state === 'failed' || taken.has(key)) continue;
      taken.add(key);
      if (underWay.has(entry.clientId)) continue;
      if (entry.chatId !== null && options.isBusy(entry.chatId)) {
        if (entry.state !== 'queued') put({ ...entry, state: 'queued' });
        continue;
      }
      void attempt(entry);
    }
  }

  const onStorage = (event: StorageEvent) => {
    if (event.key?.startsWith(prefix) !== true || event.newValue !== null) return;
    // Another tab has delivered it or taken it back.
    const clientId = event.key.slice(prefix.length);
    entries.set(entries.get().filter((entry) => entry.clientId !== clientId));
  };
  addEventListener('storage', onStorage);
  const unsubscribe = client.connection.subscribe(() => {
    if (client.connection.getSnapshot().status === 'open') deliver();
  });

  return {
    entries,
    add(message) {
      const entry: Waiting = {
        ...message,
        clientId: newClientId(),
        at: Date.now(),
        state: 'waiting',
        error: null,
      };
      put(entry);
      deliver();
      return entry;
    },
    retry(clientId) {
      change(clientId, { state: 'waiting', error: null });
      deliver();
    },
    remove(clientId) {
      underWay.get(clientId)?.abort();
      drop(clientId);
    },
    deliver,
    close() {
      isClosed = true;
      removeEventListener('storage', onStorage);
      unsubscribe();
      for (const abort of underWay.values()) abort.abort();
      for (const timer of timers) clearTimeout(timer);
    },
  };
}

function load(prefix: string): readonly Waiting[] {
  return storage
    .keys(prefix)
    .flatMap((key) => {
      const entry = parse(storage.get(key));
      return entry === null
        ? []
        : [entry.state === 'failed' ? entry : { ...entry, state: 'waiting' as const }];
    })
    .toSorted((a, b) => a.at - b.at);
}

function parse(stored: string | null): Waiting | null {
  try {
    const entry: unknown = JSON.parse(stored ?? 'null');
    return isWaiting(entry) ? entry : null;
  } catch {
    return null;
  }
}

const isWaiting = (value: unknown): value is Waiting =>
  typeof value === 'object' &&
  value !== null &&
  'clientId' in value &&
  typeof value.clientId === 'string' &&
  'text' in value &&
  typeof value.text === 'string' &&
  'chatId' in value &&
  'newChat' in value &&
  'at' in value &&
  typeof value.at === 'number';
