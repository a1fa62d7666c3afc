import { describe, expect, test } from 'vitest';
import { socketServer, type Transports } from './servers.ts';

const connections: ['4.5' | '4.8', Transports][] = [
  ['4.5', ['websocket']],
  ['4.5', ['polling']],
  ['4.5', ['polling', 'websocket']],
  ['4.8', ['websocket']],
  ['4.8', ['polling']],
  ['4.8', ['polling', 'websocket']],
];

describe.each(connections)('socket.io-client %s over %j', (version, transports) => {
  test('a conversation', async () => {
    await using server = await socketServer();
    const { id: chatId } = server.amanda.addChat();
    const client = server.connect({ version, transports });
    await client.next('connect');
    for (const [index, pieces] of [['Hel', 'lo 👋', '!'], ['Bye']].entries()) {
      const acknowledged = Promise.withResolvers<unknown>();
      client.socket.emit(
        'send_message',
        { chat_id: String(chatId), message: '  Hi \n' },
        acknowledged.resolve,
      );
      const run = await server.amanda.run(index);
      expect(await acknowledged.promise).toEqual({
        message_id: run.messageId,
        user_message_id: run.messageId - 1,
      });
      expect(server.amanda.messages.at(-2)?.text).toBe('Hi');
      const before = client.text().length;
      for (const piece of pieces) {
        run.write(piece);
        await client.next('message_token');
      }
      run.end();
      const text = pieces.join('');
      expect(await client.next('message_complete')).toEqual({ message_id: run.messageId, full_text: text });
      expect(client.text().slice(before)).toBe(text);
    }
  });
});

describe('connecting', () => {
  test.each(['websocket', 'polling'] as const)('without a session is refused over %s', async (transport) => {
    await using server = await socketServer();
    for (const headers of [
      { cookie: 'session=bad' },
      { cookie: 'session=good', origin: 'https://evil.example' },
      {},
    ]) {
      const client = server.connect({ transports: [transport], headers });
      await client.next('connect_error');
      expect(client.received.map(({ name }) => name)).toEqual(['connect_error']);
    }
    expect(server.session.released).toBe(0);
  });

  test('a token stands for the cookie', async () => {
    await using server = await socketServer();
    const client = server.connect({ headers: {}, auth: { token: 'good token' } });
    await client.next('connect');
    const stranger = server.connect({ headers: {}, auth: { token: 'bad token' } });
    expect(await stranger.next('connect_error')).toEqual({ message: 'Authentication required' });
  });

  test.each(['websocket', 'polling'] as const)(
    'a token stands beside any cookie over %s, and a foreign one takes nothing away',
    async (transport) => {
      await using server = await socketServer();
      const transports = [transport];
      for (const cookie of ['_ga=GA1.1.5', 'session=stale', 'session=good']) {
        const client = server.connect({ transports, headers: { cookie }, auth: { token: 'good token' } });
        await client.next('connect');
      }
      const both = server.connect({
        transports,
        headers: { cookie: 'session=good' },
        auth: { token: 'foreign token' },
      });
      await both.next('connect');
      for (const [cookie, token] of [
        ['_ga=GA1.1.5', 'foreign token'],
        ['session=stale', 'bad token'],
        ['session=good', 'bad token'],
      ] as const) {
        const refused = server.connect({ transports, headers: { cookie }, auth: { token } });
        expect(await refused.next('connect_error')).toMatchObject({ message: 'Authentication required' });
      }
    },
  );

  test('cookies of other programs may come and go while a connection lasts', async () => {
    await using server = await socketServer();
    const url = `${server.url}/socket.io/?EIO=4&transport=polling`;
    const opened = await fetch(url, { headers: { cookie: 'session=good; _ga=1' } });
    const sid = /"sid":"([^"]+)"/.exec(await opened.text())?.[1] ?? '';
    for (const cookie of ['session=good; _ga=2', '_ga=3']) {
      const polled = await fetch(`${url}&sid=${sid}`, { method: 'POST', headers: { cookie }, body: '3' });
      expect([cookie, polled.status]).toEqual([cookie, 200]);
    }
  });

  test('tells listed origins alone that they may read', async () => {
    await using server = await socketServer();
    const ask = async (origin: string) => {
      const headers = { origin, cookie: 'session=good' };
      const response = await fetch(`${server.url}/socket.io/?EIO=4&transport=polling`, { headers });
      await response.arrayBuffer();
      return [...response.headers].filter(([name]) => name.startsWith('access-control-'));
    };
    expect(await ask('https://listed.example')).toEqual([
      ['access-control-allow-credentials', 'true'],
      ['access-control-allow-origin', 'https://listed.example'],
    ]);
    expect(await ask('https://evil.example')).toEqual([]);
  });

  test('somebody else’s connection cannot be read with its sid, nor opened with an old protocol', async () => {
    await using server = await socketServer();
    const poll = async (cookie: string, query: string) => {
      const url = `${server.url}/socket.io/?transport=polling&${query}`;
      const response = await fetch(url, { headers: { cookie } });
      return { status: response.status, text: await response.text() };
    };
    const { text } = await poll('session=good', 'EIO=4');
    const sid = /"sid":"([^"]+)"/.exec(text)?.[1] ?? '';
    await fetch(`${server.url}/socket.io/?EIO=4&transport=polling&sid=${sid}`, {
      method: 'POST',
      headers: { cookie: 'session=good' },
      body: '40',
    });
    expect((await poll('session=other', `EIO=4&sid=${sid}`)).status).toBe(400);
    expect((await poll('session=good', `EIO=4&sid=${sid}`)).text).toMatch(/^40\{/);
    expect((await poll('session=good', 'EIO=3')).status).toBe(400);
  });

  test('the session is released and the streams abort when the client goes', async () => {
    await using server = await socketServer();
    server.amanda.addChat();
    const client = server.connect();
    client.socket.emit('send_message', { chat_id: 1, message: 'Hi' });
    (await server.amanda.run(0)).write('x');
    await client.next('message_token');
    const aborted = Promise.withResolvers<void>();
    server.signals[0]?.addEventListener('abort', () => aborted.resolve());
    client.socket.disconnect();
    await aborted.promise;
    expect(server.session.released).toBe(1);
  });
});

describe('the error table', () => {
  const invalid = 'Invalid message data';
  const rows: [string, unknown[], string][] = [
    ['null', [null], invalid],
    ['{}', [{}], invalid],
    ['a text', ['Hello'], invalid],
    ['a number', [1e308], invalid],
    ['an array', [[1, 'Hello']], invalid],
    ['a buffer', [Buffer.from('x')], invalid],
    ['no message', [{ chat_id: 1 }], invalid],
    ['no chat_id', [{ message: 'Hello' }], invalid],
    ['inherited fields', [JSON.parse('{"__proto__":{"chat_id":1,"message":"Hello"}}')], invalid],
    ['nothing', [], invalid],
    ['only white space', [{ chat_id: 1, message: ' \n\t ' }], 'Message cannot be empty'],
    ['a message that is a number', [{ chat_id: 1, message: 5 }], invalid],
    ['a message that is null', [{ chat_id: 1, message: null }], invalid],
    ['a message that is a buffer', [{ chat_id: 1, message: Buffer.from('x') }], invalid],
    ['an unknown chat', [{ chat_id: 99, message: 'Hello' }], 'Chat not found'],
    ['a chat_id in words', [{ chat_id: 'one', message: 'Hello' }], 'Chat not found'],
    ['a huge chat_id', [{ chat_id: 1e300, message: 'Hello' }], 'Chat not found'],
    ['a chat_id that is an object', [{ chat_id: { valueOf: 1 }, message: 'Hello' }], 'Chat not found'],
    ['a chat_id that is null', [{ chat_id: null, message: 'Hello' }], 'Chat not found'],
    ['another user’s chat', [{ chat_id: 666, message: 'Hello' }], 'Access denied'],
  ];

  test.each(rows)('%s', async (_name, args, message) => {
    await using server = await socketServer();
    server.amanda.addChat();
    const client = server.connect();
    client.socket.emit('send_message', ...args);
    expect(await client.next('error')).toEqual({ message });
    const acknowledged = Promise.withResolvers<unknown>();
    client.socket.emit('send_message', ...args, acknowledged.resolve);
    expect(await acknowledged.promise).toEqual({ error: { message } });
    // The socket stays usable.
    client.socket.emit('send_message', { chat_id: 1, message: 'Hello' });
    (await server.amanda.run(0)).end();
    expect(await client.next('message_complete')).toMatchObject({ full_text: '' });
    expect(server.logged).toEqual([]);
  });

  test('an AI backend that fails', async () => {
    await using server = await socketServer();
    server.amanda.addChat();
    const client = server.connect();
    client.socket.emit('send_message', { chat_id: 1, message: 'Hello' });
    const run = await server.amanda.run(0);
    run.write('part');
    run.end('failed');
    expect(await client.next('error')).toEqual({
      message: 'AI service unavailable. Please try again later.',
    });
    expect(client.text()).toBe('part');
    expect(client.received.map(({ name }) => name)).not.toContain('message_complete');
  });

  test('a defect says nothing of itself and is logged', async () => {
    await using server = await socketServer();
    server.amanda.addChat();
    server.amanda.caller.message.send = () => Promise.reject(new Error('SELECT secret'));
    const client = server.connect();
    client.socket.emit('send_message', { chat_id: 1, message: 'Hello' });
    expect(await client.next('error')).toEqual({ message: 'An error occurred processing your message' });
    expect(server.logged).toHaveLength(1);
  });

  test('events that nobody knows are ignored, also those with the names of Node’s own', async () => {
    await using server = await socketServer();
    server.amanda.addChat();
    const client = server.connect();
    for (const name of ['error', '__proto__', 'constructor', 'toString', 'message', '']) {
      client.socket.emit(name, { message: 'x' });
    }
    client.socket.emit('send_message', { chat_id: 1, message: 'Hello' });
    (await server.amanda.run(0)).end();
    await client.next('message_complete');
    expect(client.received.map(({ name }) => name)).toEqual(['connect', 'message_complete']);
  });
});

describe('a session that ends', () => {
  test('takes its sockets along half a second later', async () => {
    await using server = await socketServer();
    server.amanda.addChat();
    const client = server.connect();
    client.socket.emit('send_message', { chat_id: 1, message: 'Hello' });
    const run = await server.amanda.run(0);
    run.write('a');
    await client.next('message_token');
    server.session.end();
    run.write('b');
    expect(await client.next('error')).toEqual({ message: 'Authentication required' });
    expect(client.socket.connected).toBe(true);
    server.clock.advance(500);
    expect(await client.next('disconnect')).toEqual({ reason: 'io server disconnect' });
    expect(client.text()).toBe('a');
    expect(server.session.released).toBe(1);
  });

  test('at once when they send', async () => {
    await using server = await socketServer();
    server.amanda.addChat();
    const client = server.connect();
    await client.next('connect');
    server.session.ended = 'logged_out';
    client.socket.emit('send_message', { chat_id: 1, message: 'Hello' });
    expect(await client.next('error')).toEqual({ message: 'Authentication required' });
    expect(await client.next('disconnect')).toEqual({ reason: 'io server disconnect' });
    expect(server.amanda.messages).toEqual([]);
  });
});

describe('several messages at once', () => {
  test('those of one chat wait for its answer, in their order', async () => {
    await using server = await socketServer();
    server.amanda.addChat();
    const { send } = server.amanda.caller.message;
    let attempts = 0;
    server.amanda.caller.message.send = (input) => {
      attempts += 1;
      return send(input);
    };
    const client = server.connect();
    for (const message of ['1', '2', '3']) client.socket.emit('send_message', { chat_id: 1, message });
    for (const index of [0, 1, 2]) {
      const run = await server.amanda.run(index);
      expect(server.amanda.messages.filter(({ role }) => role === 'user').map(({ text }) => text)).toEqual(
        ['1', '2', '3'].slice(0, index + 1),
      );
      run.write(`answer ${index + 1}`);
      run.end();
      expect(await client.next('message_complete')).toMatchObject({ full_text: `answer ${index + 1}` });
    }
    expect(client.text()).toBe('answer 1answer 2answer 3');
    // Attempts that are known to fail would be charged against the user's limit.
    expect(attempts).toBe(3);
  });

  test('five wait, the sixth is told to slow down, and the others after a minute', async () => {
    await using server = await socketServer();
    server.amanda.addChat();
    const client = server.connect();
    client.socket.emit('send_message', { chat_id: 1, message: 'first' });
    (await server.amanda.run(0)).write('…');
    await client.next('message_token');
    for (let index = 0; index < 6; index += 1)
      client.socket.emit('send_message', { chat_id: 1, message: 'more' });
    const slowDown = { message: 'Too many messages. Please slow down.', retry_after_seconds: 5 };
    expect(await client.next('error')).toEqual(slowDown);
    server.clock.advance(59_999);
    client.socket.emit('send_message', { chat_id: 1, message: 5 });
    expect(await client.next('error')).toEqual({ message: 'Invalid message data' });
    server.clock.advance(1);
    for (let index = 0; index < 5; index += 1) expect(await client.next('error')).toEqual(slowDown);
    expect(server.amanda.messages).toHaveLength(2);
  });

  test('those of different chats start at once and are shown one after the other', async () => {
    await using server = await socketServer();
    server.amanda.addChat();
    server.amanda.addChat();
    const client = server.connect();
    client.socket.emit('send_message', { chat_id: 1, message: 'one' });
    const first = await server.amanda.run(0);
    client.socket.emit('send_message', { chat_id: 2, message: 'two' });
    const second = await server.amanda.run(1);
    second.write('BBB');
    second.end();
    first.write('A');
    await client.next('message_token');
    first.write('AA');
    first.end();
    expect(await client.next('message_complete')).toEqual({ message_id: first.messageId, full_text: 'AAA' });
    expect(await client.next('message_complete')).toEqual({ message_id: second.messageId, full_text: 'BBB' });
    expect(client.text()).toBe('AAABBB');
  });

  test('a message that waited is sent although its sender has gone', async () => {
    await using server = await socketServer();
    server.amanda.addChat();
    const client = server.connect();
    for (const message of ['1', '2']) client.socket.emit('send_message', { chat_id: 1, message });
    const run = await server.amanda.run(0);
    const acknowledged = Promise.withResolvers<unknown>();
    client.socket.emit('stop_message', {}, acknowledged.resolve);
    await acknowledged.promise;
    const [socket] = await server.socketIo.io.fetchSockets();
    const gone = Promise.withResolvers<void>();
    server.socketIo.io.sockets.sockets.get(socket?.id ?? '')?.once('disconnect', () => gone.resolve());
    client.socket.disconnect();
    await gone.promise;
    await new Promise(setImmediate);
    expect(server.session.released).toBe(0);
    run.end();
    await server.amanda.run(1);
    expect(server.amanda.messages[2]?.text).toBe('2');
  });

  test('tokens go to the sending socket only', async () => {
    await using server = await socketServer();
    server.amanda.addChat();
    const [sender, other] = [server.connect(), server.connect()];
    await other.next('connect');
    sender.socket.emit('send_message', { chat_id: 1, message: 'Hello' });
    const run = await server.amanda.run(0);
    run.write('Hi');
    run.end();
    await sender.next('message_complete');
    other.socket.emit('stop_message', {});
    await other.next('error');
    expect(other.received.map(({ name }) => name)).toEqual(['connect', 'error']);
  });
});

describe('stop and resume', () => {
  test('stop_message right after send_message ends the answer with what there is', async () => {
    await using server = await socketServer();
    server.amanda.addChat();
    const { send } = server.amanda.caller.message;
    const stored = Promise.withResolvers<void>();
    server.amanda.caller.message.send = async (input) => {
      await stored.promise;
      return send(input);
    };
    const client = server.connect();
    const acknowledged = Promise.withResolvers<unknown>();
    client.socket.emit('send_message', { chat_id: 1, message: 'Hello' });
    client.socket.emit('stop_message', { chat_id: '1' }, acknowledged.resolve);
    // The answer to what was sent after it: the server has seen both.
    client.socket.emit('send_message', null);
    await client.next('error');
    stored.resolve();
    const run = await server.amanda.run(0);
    expect(await acknowledged.promise).toEqual({ message_id: run.messageId, status: 'stopped' });
    expect(await client.next('message_complete')).toEqual({ message_id: run.messageId, full_text: '' });
  });

  test.each([{ chat_id: 1 }, { message_id: 2 }])('resume_message %j gives the rest', async (which) => {
    await using server = await socketServer();
    server.amanda.addChat();
    const first = server.connect();
    first.socket.emit('send_message', { chat_id: 1, message: 'Hello' });
    const run = await server.amanda.run(0);
    run.write('abc');
    await first.next('message_token');
    first.socket.disconnect();
    run.write('def');
    const second = server.connect();
    second.socket.emit('resume_message', { ...which, offset: 2 });
    await second.next('message_token');
    run.write('g');
    run.end();
    expect(await second.next('message_complete')).toEqual({ message_id: 2, full_text: 'abcdefg' });
    expect(second.text()).toBe('cdefg');
    second.socket.emit('resume_message', { ...which, offset: 7 });
    expect(await second.next('message_complete')).toEqual({ message_id: 2, full_text: 'abcdefg' });
    expect(second.text()).toBe('cdefg');
  });

  test('an interrupted answer is complete with its text, without any text it is an error', async () => {
    await using server = await socketServer();
    server.amanda.addChat();
    const client = server.connect();
    client.socket.emit('send_message', { chat_id: 1, message: 'Hello' });
    const run = await server.amanda.run(0);
    run.write('half');
    run.end('interrupted');
    expect(await client.next('message_complete')).toMatchObject({ full_text: 'half' });
    client.socket.emit('send_message', { chat_id: 1, message: 'Hello' });
    (await server.amanda.run(1)).end('interrupted');
    expect(await client.next('error')).toEqual({
      message: 'AI service unavailable. Please try again later.',
    });
  });

  test.each([
    ['stop_message', {}, 'Invalid message data'],
    ['stop_message', null, 'Invalid message data'],
    ['stop_message', { chat_id: 99 }, 'Chat not found'],
    ['stop_message', { chat_id: 666 }, 'Access denied'],
    ['stop_message', { message_id: 99 }, 'Message not found'],
    ['resume_message', { message_id: [] }, 'Message not found'],
    ['resume_message', { chat_id: 1 }, 'Message not found'],
    ['resume_message', { chat_id: 1, offset: -1 }, 'Invalid message data'],
    ['resume_message', { chat_id: 1, offset: '3' }, 'Invalid message data'],
    ['resume_message', { chat_id: 2, offset: 1 }, 'Invalid message data'],
    ['resume_message', { chat_id: 2, offset: 3 }, 'Invalid message data'],
  ])('%s %j: %s', async (name, payload, message) => {
    await using server = await socketServer();
    server.amanda.addChat();
    server.amanda.addChat();
    server.amanda.addMessage(2, { role: 'assistant', text: '👋' });
    const client = server.connect();
    client.socket.emit(name, payload);
    expect(await client.next('error')).toEqual({ message });
    expect(client.text()).toBe('');
  });
});

describe('going away', () => {
  test('drain has idle clients reconnect at once, the others after their answer', async () => {
    await using server = await socketServer();
    server.amanda.addChat();
    const [idle, busy] = [server.connect(), server.connect()];
    await idle.next('connect');
    busy.socket.emit('send_message', { chat_id: 1, message: 'Hello' });
    const run = await server.amanda.run(0);
    run.write('a');
    await busy.next('message_token');
    server.socketIo.drain();
    expect(await idle.next('disconnect')).toEqual({ reason: 'transport close' });
    run.write('b');
    run.end();
    expect(await busy.next('message_complete')).toMatchObject({ full_text: 'ab' });
    expect(await busy.next('disconnect')).toEqual({ reason: 'transport close' });
    const late = server.connect();
    await late.next('connect_error');
  });

  test('close cuts everybody off, waits for nobody’s answer, and lets clients come back', async () => {
    await using server = await socketServer();
    server.amanda.addChat();
    const client = server.connect();
    for (const message of ['1', '2']) client.socket.emit('send_message', { chat_id: 1, message });
    (await server.amanda.run(0)).write('a');
    await client.next('message_token');
    await server.socketIo.close();
    expect(await client.next('disconnect')).toEqual({ reason: 'transport close' });
    expect(server.signals.map(({ aborted }) => aborted)).toEqual([true]);
    expect(server.amanda.runs).toHaveLength(1);
  });
});
