import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { seededRandom, startTestServer, type TestServer } from '@amanda/testing';

import { enginePath, joined } from './engine-io.ts';
import { frame, rawSocket } from './frames.ts';
import { httpClient, speak } from './http-client.ts';
import { talk } from './sockets.ts';
import { wrongValues } from './wrong-input.ts';

/** What a run of the fuzzer has seen. */
export interface FuzzReport {
  /** Answers and ends, by surface and kind, such as `http 400`. */
  readonly counts: ReadonlyMap<string, number>;
  /** What must not happen, with the input that made it happen. */
  readonly faults: readonly string[];
  /** By how much the heap and the buffers grew, in bytes. */
  readonly growth: number;
}

/** How to run it. */
export interface FuzzOptions {
  /** How many inputs, over all surfaces together. */
  readonly runs: number;
  /** The same seed makes the same inputs. */
  readonly seed: number;
}

/** Right inputs, which the fuzzer spoils. */
const seeds = {
  http: [
    'GET /health HTTP/1.1\r\nHost: a\r\n\r\n',
    'GET /trpc/system.info?batch=1&input=%7B%220%22%3A%7B%7D%7D HTTP/1.1\r\nHost: a\r\n\r\n',
    'POST /api/auth/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 28\r\n\r\n{"email":"a","password":"b"}',
    'POST /trpc/auth.logIn HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n',
    'GET /trpc HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
    `GET ${enginePath('polling')} HTTP/1.1\r\nHost: a\r\nCookie: amanda_session=x\r\n\r\n`,
  ],
  trpc: [
    '{"id":1,"method":"query","params":{"path":"system.info","input":{}}}',
    '{"id":2,"method":"mutation","params":{"path":"message.send","input":{"json":{"chatId":1,"text":"Hi"}}}}',
    '{"id":3,"method":"subscription","params":{"path":"events.watch","input":{"json":{}}}}',
    '[{"id":4,"method":"subscription.stop"},{"id":5,"method":"query","params":{"path":"chat.list","input":{"json":{}}}}]',
  ],
  socketIo: [
    '42["send_message",{"chat_id":1,"message":"Hi"}]',
    '421["stop_message",{"message_id":1}]',
    '42["resume_message",{"chat_id":1,"offset":0}]',
    '451-["send_message",{"_placeholder":true,"num":0}]',
    '40/admin,{"token":"x"}',
    '431[]',
  ],
  json: [
    '{"email":"a@example.org","password":"correct horse battery"}',
    '{"json":{"email":"a@example.org","password":"x"},"meta":{"values":{"email":["Date"]}}}',
    '{"token":"x"}',
  ],
} as const;

const paths = [
  '/api/auth/login',
  '/api/auth/verify-email',
  '/trpc/auth.logIn',
  '/trpc/chat.create,message.send?batch=1',
  '/api/chat/create',
];

/** Pieces that parsers have stumbled over. */
const pieces = [
  '\0',
  '\r\n',
  '\x1e',
  '"__proto__":',
  '999999999999',
  '-1',
  '\\ud800',
  '{',
  ']',
  ',,,,',
  '%00',
  '%',
  'null',
];

/** Sends spoiled inputs to one server over each of its surfaces, and watches it. */
export async function fuzz({ runs, seed }: FuzzOptions): Promise<FuzzReport> {
  const random = seededRandom(seed);
  const below = (most: number) => Math.floor(random() * most);
  const pick = <Item>(items: readonly Item[]): Item => {
    const item = items[below(items.length)];
    if (item === undefined) throw new RangeError('nothing to pick from');
    return item;
  };
  const spoil = (text: string): Buffer => {
    let bytes = Buffer.from(text, 'latin1');
    for (let left = 1 + below(4); left > 0; left -= 1) {
      const [from, to] = [below(bytes.length + 1), below(bytes.length + 1)];
      const [head, tail] = [bytes.subarray(0, from), bytes.subarray(from)];
      const changes = [
        () => Buffer.concat([head, Buffer.from(pick(pieces), 'latin1'), tail]),
        () => Buffer.concat([head, Buffer.of(below(256)), tail.subarray(1)]),
        () => Buffer.concat([head, bytes.subarray(Math.min(from, to)), tail]),
        () => Buffer.concat([head, tail.subarray(1 + below(8))]),
        () => Buffer.concat([head, Buffer.from(Array.from({ length: 16 }, () => below(256))), tail]),
      ];
      bytes = pick(changes)();
    }
    return bytes;
  };

  /** Well-formed, with something else in the place of one text or number; or spoiled. */
  const twist = (text: string): Buffer => {
    const places = [...text.matchAll(/"(?:[^"\\]|\\.)*"|\b\d+/g)];
    if (below(3) === 0 || places.length === 0) return spoil(text);
    const { index, 0: found } = pick(places);
    return Buffer.from(
      text.slice(0, index) + pick(Object.values(wrongValues)) + text.slice(index + found.length),
    );
  };

  const counts = new Map<string, number>();
  const faults: string[] = [];
  const seen = (what: string, input: Buffer, isFault: boolean) => {
    counts.set(what, (counts.get(what) ?? 0) + 1);
    if (isFault) faults.push(`${what}: ${JSON.stringify(input.toString('latin1').slice(0, 500))}`);
  };
  const onCrash = (error: unknown) => faults.push(`nobody caught ${String(error)}`);
  process.on('uncaughtExceptionMonitor', onCrash);

  await using server = await startTestServer();
  using http = httpClient(server.port);
  const { cookie } = await server.signUp();
  const surfaces = surfacesOf(server, cookie);
  await fetch(`${server.url}/health`);
  const before = usedBytes();
  for (let run = 0; run < runs; run += 1) {
    const surface = below(4);
    if (surface === 0) {
      const input = spoil(pick(seeds.http));
      const status = await surfaces.raw(input);
      seen(`http ${status}`, input, status >= 500 && status !== 503);
    } else if (surface === 1) {
      const input = twist(pick(seeds.json));
      const path = pick(paths);
      const headers = { cookie, 'content-type': 'application/json' };
      const { status } = await http.ask(path, { method: 'POST', headers, body: input });
      seen(`json ${status}`, input, status >= 500 && status !== 503);
    } else if (surface === 2) {
      const input = twist(pick(seeds.trpc));
      const answer = await surfaces.trpc(input, below(3) === 0 ? below(16) : 1);
      seen(`ws ${answer}`, input, answer.includes('INTERNAL'));
    } else {
      const input = twist(pick(seeds.socketIo));
      const end = await surfaces.socketIo(input.toString());
      seen(`socket.io ${end}`, input, end === 'failed');
    }
    if (run % 50 === 0 && (await http.ask('/health')).status !== 200) faults.push(`not healthy after ${run}`);
  }
  using last = await talk(`${server.url}/trpc`, { cookie });
  await last.ask({ method: 'query', path: 'auth.check', input: '{}' });
  process.off('uncaughtExceptionMonitor', onCrash);
  return { counts, faults, growth: usedBytes() - before };
}

/** What is in use once the garbage has been collected, in bytes. */
const usedBytes = () => {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc()');
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};

function surfacesOf(server: TestServer, cookie: string) {
  return {
    /** The status of the first answer to bytes on a connection of their own; 0 without one. */
    async raw(input: Buffer): Promise<number> {
      const said = await speak(server.port, (socket) => {
        socket.once('data', () => socket.end());
        socket.end(input);
      });
      return Number(/^HTTP\/1\.1 (\d{3}) /.exec(said)?.[1] ?? 0);
    },
    /** The code of the answer to one frame, or how the socket ended. A ping behind it makes something come. */
    async trpc(payload: Buffer, opcode: number): Promise<string> {
      using socket = await rawSocket(server.port, { headers: [`Cookie: ${cookie}`] });
      socket.tcp.write(Buffer.concat([frame({ opcode, payload }), frame({ opcode: 9, payload: 'x' })]));
      const said = await socket.next();
      if (said === null) return 'cut';
      if (said.opcode === 8) return `closed ${said.payload.length < 2 ? 1005 : said.payload.readUInt16BE()}`;
      return /"amanda":\{"code":"(\w+)"/.exec(said.payload.toString())?.[1] ?? `opcode ${said.opcode}`;
    },
    /** What becomes of a connection that sends a packet. */
    async socketIo(packet: string): Promise<string> {
      using socket = await joined(server.url, cookie);
      socket.send(packet, '42999["stop_message",{}]');
      const said = await socket.first('43999[');
      if (socket.received.some((text) => text.includes('An error occurred'))) return 'failed';
      return said === null ? 'closed' : 'answered';
    },
  };
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { runs: { type: 'string', default: '2000' }, seed: { type: 'string', default: '1' } },
  });
  const report = await fuzz({ runs: Number(values.runs), seed: Number(values.seed) });
  const rows = [...report.counts].toSorted(([one], [other]) => one.localeCompare(other));
  for (const [what, count] of rows) process.stdout.write(`${String(count).padStart(8)}  ${what}\n`);
  process.stdout.write(`${Math.round(report.growth / 1e6)} MB more in use\n`);
  for (const fault of report.faults) process.stdout.write(`FAULT ${fault}\n`);
  if (report.faults.length > 0) process.exitCode = 1;
}
