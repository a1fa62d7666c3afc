import { createParser } from 'eventsource-parser';
import { ServerError, Status } from 'nice-grpc';
import { isObject, type JsonObject, parseJson } from './json.ts';

/** One thing that a model server said. */
export type WireEvent =
  | { type: 'value'; value: JsonObject; name?: string }
  /** `[DONE]`: nothing that follows belongs to the answer. */
  | { type: 'done' }
  /** What is neither; it matters only when nothing better explains an end. */
  | { type: 'unread'; text: string };

/** The longest event, and the longest answer in one JSON object, in UTF-16 code units. */
const longestEvent = 8 * 1024 * 1024;

/** How much of what cannot be read is kept to explain an end. */
const longestUnread = 4_000;

function eventOf(data: string, name?: string): WireEvent | undefined {
  const text = data.trim();
  if (text === '') return undefined;
  if (text === '[DONE]') return { type: 'done' };
  const value = parseJson(text);
  if (isObject(value)) return { type: 'value', value, ...(name !== undefined && { name }) };
  return { type: 'unread', text: text.slice(0, longestUnread) };
}

const tooLong = () => new ServerError(Status.INTERNAL, 'The model server sent an event that is too long');

interface Reader {
  feed(text: string): void;
  /** The body is over. */
  end(): void;
}

function eventStreamReader(onEvent: (event: WireEvent | undefined) => void): Reader {
  const parser = createParser({
    maxBufferSize: longestEvent,
    onEvent: ({ data, event }) => onEvent(eventOf(data, event)),
    onError(error) {
      if (error.type === 'max-buffer-size-exceeded') throw tooLong();
      // Some proxies put an error into a stream without its framing.
      if (error.line?.trimStart().startsWith('{')) onEvent(eventOf(error.line));
    },
  });
  return {
    feed: (text) => parser.feed(text),
    // Servers leave out the empty line behind the last event.
    end: () => parser.feed('\n\n'),
  };
}

/** A whole body: one JSON object, a list of them, one a line, or a page for people. */
function documentReader(onEvent: (event: WireEvent | undefined) => void): Reader {
  let body = '';
  return {
    feed(text) {
      if (body.length + text.length > longestEvent) throw tooLong();
      body += text;
    },
    end() {
      const value = parseJson(body);
      if (isObject(value)) onEvent({ type: 'value', value });
      else if (Array.isArray(value)) for (const one of value) onEvent(eventOf(JSON.stringify(one)));
      else if (body.trimStart().startsWith('<'))
        onEvent({ type: 'unread', text: body.slice(0, longestUnread) });
      else for (const line of body.split('\n')) onEvent(eventOf(line.replace(/^data:/u, '')));
    },
  };
}

/**
 * What a body says, whatever its media type claims. Gives one batch for each chunk of bytes, empty where they say
 * nothing, as each shows that the server is alive; and one for the end.
 * @throws {ServerError} when an event is too long, and whatever `bytes` throws
 */
export async function* readWire(
  bytes: AsyncIterable<Uint8Array>,
): AsyncGenerator<readonly WireEvent[], void, undefined> {
  const decoder = new TextDecoder();
  let batch: WireEvent[] = [];
  let reader: Reader | undefined;
  let head = '';
  const onEvent = (event: WireEvent | undefined) => {
    if (event !== undefined) batch.push(event);
  };
  const feed = (text: string) => {
    if (reader !== undefined) return reader.feed(text);
    head += text;
    const [first] = head.trimStart();
    if (first === undefined && head.length < longestUnread) return;
    reader = /[{[<]/u.test(first ?? '') ? documentReader(onEvent) : eventStreamReader(onEvent);
    reader.feed(head);
  };
  const taken = () => {
    const events = batch;
    batch = [];
    return events;
  };
  for await (const chunk of bytes) {
    feed(decoder.decode(chunk, { stream: true }));
    yield taken();
  }
  feed(decoder.decode());
  reader?.end();
  yield taken();
}
