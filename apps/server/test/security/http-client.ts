import { Agent, request } from 'node:http';
import { connect, type Socket } from 'node:net';

/** An answer, read to its end. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  /** The text, parsed. @throws when it is no JSON */
  json(): unknown;
}

/** What to ask. */
export interface Question {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly body?: string | Buffer | undefined;
}

/** An HTTP client whose connections end with it, so that a test can count those that are left. */
export interface HttpClient extends Disposable {
  /** Sends a path as it is, without making it a proper URL first. */
  ask(path: string, question?: Question): Promise<Answer>;
  /** Asks with a JSON body. */
  post(path: string, body: string, headers?: Readonly<Record<string, string>>): Promise<Answer>;
}

/** Makes a client with a few connections of its own. */
export function httpClient(port: number, options: { connections?: number } = {}): HttpClient {
  const agent = new Agent({ keepAlive: true, maxSockets: options.connections ?? 8 });
  const ask = (path: string, question: Question = {}) =>
    new Promise<Answer>((resolve, reject) => {
      const { method = 'GET', body } = question;
      const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
      const headers = { ...length, ...question.headers };
      const asked = request({ port, host: '127.0.0.1', path, method, headers, agent }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text,
            json: (): unknown => JSON.parse(text),
          });
          // The answer may come while a body that nobody wants is still being sent.
          if (!asked.writableFinished) asked.destroy();
        });
      });
      asked.on('error', reject);
      asked.end(body);
    });
  return {
    ask,
    post: (path, body, headers = {}) =>
      ask(path, {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/json', ...headers },
      }),
    [Symbol.dispose]: () => agent.destroy(),
  };
}

/** Opens a TCP connection, sends bytes as they are, and gives what came until the server closed it. */
export async function speak(
  port: number,
  say: string | Buffer | ((socket: Socket) => Promise<void> | void),
): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1' });
  const chunks: Buffer[] = [];
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.on('error', () => {});
  if (typeof say === 'function') await say(socket);
  else socket.write(say);
  await closed;
  return Buffer.concat(chunks).toString('latin1');
}

/** The statuses of the answers in what {@link speak} gave, in their order. */
export function statusesIn(answers: string): readonly number[] {
  return [...answers.matchAll(/(?:^|\r\n\r\n[^\r]*?)HTTP\/1\.1 (\d{3}) /g)].map((match) => Number(match[1]));
}

/** Runs the tasks, a few at a time. */
export async function inTurns<Item>(
  items: readonly Item[],
  task: (item: Item) => Promise<void>,
  width = 16,
): Promise<void> {
  const queue = items.values();
  await Promise.all(
    Array.from({ length: width }, async () => {
      for (const item of queue) await task(item);
    }),
  );
}
