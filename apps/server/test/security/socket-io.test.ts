import { once } from 'node:events';
import { connect } from 'node:net';

import { eventNames } from '@amanda/compat';
import { callBytesFor } from '@amanda/host';
import { startTestServer, type TestServer, type TestUser, trpcClient } from '@amanda/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest';

import { enginePath, joined, type Packets, packets, polling } from './engine-io.ts';
import { type HttpClient, httpClient } from './http-client.ts';
import { wrongValues } from './wrong-input.ts';

let server: TestServer;
let http: HttpClient;
let user: TestUser;
let chatId: number;
/** Somebody whose connection all of this is no business of. */
let bystander: Packets;
beforeAll(async () => {
  server = await startTestServer();
  http = httpClient(server.port);
  user = await server.signUp();
  await using client = trpcClient({ url: server.url, cookie: user.cookie });
  ({ id: chatId } = await client.api.chat.create.mutate({}));
  const other = await server.signUp();
  bystander = await joined(server.url, other.cookie);
});
afterAll(async () => {
  bystander[Symbol.dispose]();
  http[Symbol.dispose]();
  await server.close();
});

let probes = 0;
/** Whether a connection answers an event; false when it ends instead. */
async function answers(socket: Packets): Promise<boolean> {
  probes += 1;
  socket.send(`421${probes}["stop_message",{}]`);
  return (await socket.first(`431${probes}[`)) !== null;
}

afterEach(async () => {
  const isHealthy = (await http.ask('/health')).status === 200;
  if (!isHealthy || !(await answers(bystander))) throw new Error('somebody else was harmed');
});

describe('a handshake', () => {
  it.each([
    ['of protocol 3', '/socket.io/?EIO=3&transport=polling'],
    ['of protocol 2', '/socket.io/?EIO=2&transport=polling'],
    ['of protocol 5', '/socket.io/?EIO=5&transport=polling'],
    ['of no protocol', '/socket.io/?transport=polling'],
    ['of two protocols', '/socket.io/?EIO=4&EIO=3&transport=polling'],
    ['by no transport', '/socket.io/?EIO=4'],
    ['by two transports', '/socket.io/?EIO=4&transport=polling&transport=websocket'],
    ['by an unknown transport', '/socket.io/?EIO=4&transport=carrier-pigeon'],
    ['by a transport of the prototype', '/socket.io/?EIO=4&transport=__proto__'],
    ['by a transport that is inherited', '/socket.io/?EIO=4&transport=constructor'],
    ['by WebSocket without an upgrade', '/socket.io/?EIO=4&transport=websocket'],
    ['with an unknown sid', `${enginePath('polling')}&sid=AAAAAAAAAAAAAAAAAAAA`],
    ['with a sid of the prototype', `${enginePath('polling')}&sid=__proto__`],
    ['with two sids', `${enginePath('polling')}&sid=a&sid=b`],
    ['with an endless sid', `${enginePath('polling')}&sid=${'a'.repeat(8_000)}`],
    ['with NUL in its sid', `${enginePath('polling')}&sid=%00`],
    ['with a sid that cannot be decoded', `${enginePath('polling')}&sid=%ff%`],
  ])('%s is refused', async (_name, path) => {
    const answer = await http.ask(path, { headers: { cookie: user.cookie } });
    expect([answer.status, path]).toEqual([400, path]);
    expect(answer.headers['set-cookie']).toBeUndefined();
    expect(answer.json()).toMatchObject({ message: expect.any(String) });
  });

  it.each(['PUT', 'DELETE', 'PATCH', 'POST'])('by %s is refused', async (method) => {
    const answer = await http.ask(enginePath('polling'), { method, headers: { cookie: user.cookie } });
    expect(answer.status).toBe(400);
  });
});

describe('a body', () => {
  const longest = callBytesFor(200_000);
  it.each([
    ['of nobody', '', 1, 400],
    ['of an unknown connection', '&sid=AAAAAAAAAAAAAAAAAAAA', 1, 400],
    ['that is too long', null, longest + 1, 413],
  ])(
    '%s that goes on after its refusal, with too many packets, harms nobody',
    async (_name, sid, bytes, status) => {
      const path = enginePath('polling') + (sid ?? `&sid=${(await polling(http, user.cookie)).sid}`);
      const rest = '\x1e'.repeat(1_000);
      const tcp = connect({ port: server.port, host: '127.0.0.1' });
      onTestFinished(() => void tcp.destroy());
      const answers: string[] = [];
      const next = async () => {
        while (answers.length === 0)
          answers.push(...(String((await once(tcp, 'data'))[0]).match(/HTTP\/1.1 \d+/g) ?? []));
        return answers.shift();
      };
      tcp.write(
        `POST ${path} HTTP/1.1\r\nHost: a\r\nCookie: ${user.cookie}\r\n` +
          `Content-Length: ${bytes + rest.length}\r\n\r\n${'x'.repeat(bytes)}`,
      );
      expect(await next()).toBe(`HTTP/1.1 ${status}`);
      // The next request shows that the rest has been read.
      tcp.write(`${rest}GET /health HTTP/1.1\r\nHost: a\r\n\r\n`);
      expect(await next()).toBe('HTTP/1.1 200');
    },
  );
});

describe('a sid', () => {
  it('of somebody else neither reads, writes nor upgrades', async () => {
    const mine = await polling(http, user.cookie);
    await mine.send('40');
    const thief = await server.signUp();
    const headers = { cookie: thief.cookie };
    const url = `${enginePath('polling')}&sid=${mine.sid}`;
    expect((await http.ask(url, { headers })).status).toBe(400);
    expect((await http.ask(url, { method: 'POST', headers, body: '41' })).status).toBe(400);
    const stolen = await http.ask(`${enginePath('websocket')}&sid=${mine.sid}`, {
      headers: { ...headers, connection: 'Upgrade', upgrade: 'websocket' },
    });
    expect(stolen.status).toBe(400);
    expect((await mine.poll()).text).toMatch(/^40\{/);
  });
});

const deepEvent = `42["send_message",${'['.repeat(10_000)}${']'.repeat(10_000)}]`;
const absurd = '999999999';

/** What is sent, and whether the connection outlives it. */
const hostile: readonly (readonly [name: string, packets: readonly (string | Buffer)[], stays: boolean])[] = [
  ['an absurd number of attachments', [`45${absurd}-["send_message",{"_placeholder":true,"num":0}]`], false],
  ['a number of attachments beyond all', [`45${'9'.repeat(400)}-["send_message"]`], false],
  ['attachments without their number', ['45-["send_message"]'], false],
  ['one attachment that it does not send', ['451-["send_message",{"_placeholder":true,"num":0}]'], false],
  [
    'a placeholder of another attachment',
    ['451-["stop_message",{"_placeholder":true,"num":7}]', Buffer.of(1)],
    false,
  ],
  [
    'a placeholder of the prototype',
    ['451-["stop_message",{"_placeholder":true,"num":"length"}]', Buffer.of(1)],
    false,
  ],
  ['a negative attachment', ['45-1-["stop_message"]'], false],
  ['an attachment that nothing announced', [Buffer.of(1, 2, 3)], false],
  ['the event connect', ['42["connect",{}]'], false],
  ['the event connect_error', ['42["connect_error",{}]'], false],
  ['the event disconnect', ['42["disconnect","x"]'], false],
  ['the event disconnecting', ['42["disconnecting"]'], false],
  ['the event newListener', ['42["newListener","x"]'], false],
  ['the event removeListener', ['42["removeListener","x"]'], false],
  ['the event error', ['42["error",{"message":"x"}]'], true],
  ['the event __proto__', ['42["__proto__",{}]'], true],
  ['the event constructor', ['42["constructor",{}]'], true],
  ['the event toString', ['42["toString",{}]'], true],
  ['an event that is a number', ['42[1,{}]'], true],
  ['an event that is null', ['42[null]'], false],
  ['an event without a name', ['42[]'], false],
  ['an event that is an object', ['42{"a":1}'], false],
  ['an event that is nothing', ['42'], true],
  ['an event with an endless id', [`42${'9'.repeat(400)}["stop_message",{}]`], true],
  ['malformed JSON', ['42["send_message",{'], false],
  ['JSON that is deep', [deepEvent], true],
  ['an acknowledgement of nothing', ['43999["x"]'], true],
  ['an acknowledgement without an id', ['43["x"]'], true],
  ['an acknowledgement that is no list', ['431{}'], false],
  ['a second joining', ['40'], false],
  ['joining with malformed JSON', ['40{"token"'], false],
  ['an unknown namespace', ['40/admin,'], true],
  ['a namespace of the prototype', ['40/__proto__,'], true],
  ['an endless namespace', [`40/${'a'.repeat(100_000)},`], true],
  ['an event of a namespace that it has not joined', ['42/admin,["send_message",{}]'], false],
  ['an error of its own', ['44{"message":"x"}'], false],
  ['a type that Socket.IO does not know', ['48["x"]'], false],
  ['a type that Engine.IO does not know', ['9'], false],
  ['a second handshake', ['0{}'], true],
  ['a ping', ['2'], false],
  ['a hundred pongs', Array<string>(100).fill('3'), true],
  ['an empty packet', [''], false],
  ['a lone surrogate as its event', ['42["\\ud800",{}]'], true],
  ['an upgrade of what is upgraded', ['5', '6'], true],
];

describe('a connection over a WebSocket that sends', () => {
  it.each(hostile)('%s harms nobody', async (_name, sent, stays) => {
    using socket = await joined(server.url, user.cookie);
    socket.send(...sent);
    expect(await answers(socket)).toBe(stays);
  });

  it('an event before it joins is cut off', async () => {
    using socket = await packets(server.url, user.cookie);
    socket.send('42["send_message",{}]');
    await socket.closed;
    expect(socket.received).toEqual([]);
  });

  it('that it joins a hundred times over has joined once', async () => {
    using socket = await packets(server.url, user.cookie);
    socket.send(...Array<string>(100).fill('40'));
    await answers(socket);
    expect(socket.received.filter((packet) => packet.startsWith('40{'))).toHaveLength(1);
  });

  it('more than the longest message takes is cut off', async () => {
    using socket = await joined(server.url, user.cookie);
    socket.send(`42["${'x'.repeat(callBytesFor(200_000))}"]`);
    expect(await answers(socket)).toBe(false);
  });

  it('2,000 events in one go gets an answer to each, for they are taken in turns', async () => {
    using socket = await joined(server.url, user.cookie);
    socket.send(...Array<string>(2_000).fill('42["stop_message",{"chat_id":2147483647}]'));
    expect(await answers(socket)).toBe(true);
    // `answers` sent one more.
    expect(socket.received.filter((packet) => packet.startsWith('42["error"'))).toHaveLength(2_001);
  });
});

describe('a connection by polling that sends', () => {
  it.each(hostile.filter(([, sent]) => sent.every((packet) => typeof packet === 'string')))(
    '%s harms nobody',
    async (_name, sent) => {
      const raw = await polling(http, user.cookie);
      await raw.send('40');
      const { status } = await raw.send(sent.join('\x1e'));
      expect([200, 400]).toContain(status);
    },
  );

  it.each([
    ['more than the longest message takes', 'x'.repeat(callBytesFor(200_000) + 1), 413],
    ['10 MB', 'x'.repeat(10_000_000), 413],
    ['nothing but separators', '\x1e'.repeat(10_000), 413],
    ['what is no base64', 'b%%%', 200],
    ['what is no UTF-8', Buffer.from([0x34, 0xc3, 0x28, 0xff]), 200],
    ['packets by the thousand', Array<string>(10_000).fill('42["stop_message",{}]').join('\x1e'), 413],
    ['namespaces by the thousand', Array<string>(1_000).fill('40/admin,').join('\x1e'), 413],
  ])('%s is refused or cut off', async (_name, body, status) => {
    const raw = await polling(http, user.cookie);
    await raw.send('40');
    await raw.poll();
    expect((await raw.send(body)).status).toBe(status);
  });
});

/** Every text that an `error` event may have for an input that is wrong. */
const texts = [
  'Invalid message data',
  'Message cannot be empty',
  'Message is too long',
  'Chat not found',
  'Message not found',
];

/** Payloads of one event, each with one thing wrong. */
function payloadsOf(event: string): readonly (readonly [string, string])[] {
  const wrong = Object.entries(wrongValues);
  const fields = {
    chat_id: (json: string) => `{"chat_id":${json},"message":"Hi","offset":0}`,
    message_id: (json: string) => `{"message_id":${json},"offset":0}`,
    ...(event === 'send_message' && { message: (json: string) => `{"chat_id":${chatId},"message":${json}}` }),
    ...(event === 'resume_message' && { offset: (json: string) => `{"chat_id":${chatId},"offset":${json}}` }),
  };
  const isText = ([name, json]: readonly [string, string]) =>
    json.startsWith('"') && !/empty|spaces/.test(name);
  return [
    ...wrong.map(([name, json]) => [`${name} as its payload`, json] as const),
    ...Object.entries(fields).flatMap(([field, payload]) =>
      wrong
        // A text is a right message, and a number as text is a right id.
        .filter((value) => !(field === 'message' ? isText(value) : value[0] === 'a number as text'))
        .map(([name, json]) => [`${name} as ${field}`, payload(json)] as const),
    ),
    ...(event === 'send_message'
      ? [['200,001 characters', `{"chat_id":${chatId},"message":"${'x'.repeat(200_001)}"}`] as const]
      : []),
    ['no field', '{}'],
  ];
}

describe.each(eventNames)('%s with each kind of wrong payload', (event) => {
  it('gets the documented error, as an event and as its acknowledgement', async () => {
    using socket = await joined(server.url, user.cookie);
    const found: string[] = [];
    for (const [index, [name, json]] of payloadsOf(event).entries()) {
      const from = socket.received.length;
      socket.send(`42${index}["${event}",${json}]`);
      const acknowledged = await socket.first(`43${index}[`);
      const said = socket.received.slice(from).find((packet) => packet.startsWith('42["error"'));
      const message = /^42\["error",\{"message":"([^"]+)"\}\]$/.exec(said ?? '')?.[1] ?? said ?? '';
      const acknowledgements = [
        `43${index}[{"error":{"message":"${message}"}}]`,
        // An answer that is asked for by its own id is looked for after the acknowledgement.
        `43${index}[{"message_id":2147483648}]`,
      ];
      const isRight = texts.includes(message) && acknowledgements.includes(acknowledged ?? '');
      if (!isRight) found.push(`${name}: ${said} ${acknowledged}`);
    }
    expect(found).toEqual([]);
  });

  it.each(['', ',1', ',{},{},{}', ',[]', ',null'])(
    'and with %j after its name answers without an ack',
    async (rest) => {
      using socket = await joined(server.url, user.cookie);
      socket.send(`42["${event}"${rest}]`);
      expect(await socket.first('42["error"')).toBe('42["error",{"message":"Invalid message data"}]');
    },
  );
});
