import { describe, expect, test } from 'vitest';
import { legacyChat, legacyMessage } from '../src/legacy/shapes.ts';
import { amanda, says } from './amanda.ts';

const account = { email: ' User@Example.com ', password: 'password123' };

describe('over the real router', () => {
  test('the readme’s whole conversation', async () => {
    await using server = await amanda(says('Hello', ', how ', 'are you? 👋'));
    const signUp = await server.call('POST', '/api/auth/signup', account);
    expect(signUp).toEqual({
      status: 201,
      body: { success: true, message: 'Account created successfully', user_id: expect.any(Number) },
    });
    const id = signUp.body['user_id'];
    expect((await server.call('GET', '/api/auth/check')).body).toEqual({
      authenticated: true,
      user: { id, email: 'user@example.com' },
    });
    const created = await server.call('POST', '/api/chat/create');
    expect(created).toMatchObject({ status: 201, body: { title: 'New Chat' } });

    const client = server.connect();
    client.socket.emit('send_message', { chat_id: created.body['chat_id'], message: ` ${'👋'.repeat(41)} ` });
    const full_text = 'Hello, how are you? 👋';
    const complete = await client.next('message_complete');
    expect(complete).toEqual({ message_id: expect.any(Number), full_text });
    expect(client.text()).toBe(full_text);

    const { body } = await server.call('GET', `/api/chat/${String(created.body['chat_id'])}/messages`);
    expect(legacyMessage.array().parse(body['messages'])).toMatchObject([
      { role: 'user', content: '👋'.repeat(41) },
      { role: 'assistant', content: full_text, id: complete['message_id'] },
    ]);
    const chats = legacyChat.array().parse((await server.call('GET', '/api/chat/list')).body['chats']);
    expect(chats).toMatchObject([{ user_id: id, title: `${'👋'.repeat(40)}...` }]);

    client.socket.emit('resume_message', { chat_id: created.body['chat_id'], offset: 7 });
    expect(await client.next('message_complete')).toEqual(complete);
    expect(client.text()).toBe(`${full_text}${full_text.slice(7)}`);

    expect((await server.call('POST', '/api/auth/logout')).status).toBe(200);
    expect(await client.next('error')).toEqual({ message: 'Authentication required' });
    expect(await client.next('disconnect')).toEqual({ reason: 'io server disconnect' });
    expect((await server.call('GET', '/api/auth/check')).body).toEqual({ authenticated: false });
    const stranger = server.connect(['websocket']);
    await stranger.next('connect_error');
    expect(await server.call('POST', '/api/auth/login', { ...account, password: 'wrong password' })).toEqual({
      status: 401,
      body: { success: false, message: 'Invalid email or password' },
    });
    expect(await server.call('POST', '/api/auth/login', account)).toEqual({
      status: 200,
      body: { success: true, message: 'Login successful', user: { id, email: 'user@example.com' } },
    });
  });

  test('sign-up refuses in the documented words', async () => {
    await using server = await amanda(says('x'));
    await server.call('POST', '/api/auth/signup', account);
    const refusals: [object, number, string][] = [
      [{ email: 'user@example.com', password: 'password123' }, 409, 'Email already registered'],
      [{ email: 'nobody', password: 'password123' }, 400, 'Invalid email format'],
      [{ email: 'nobody', password: 'short' }, 400, 'Invalid email format'],
      [{ email: 'a@b.de', password: '👋👋👋👋👋👋👋' }, 400, 'Password must be at least 8 characters long'],
      [{ email: '', password: 'password123' }, 400, 'Email and password are required'],
      [{ email: 'nobody', password: '' }, 400, 'Email and password are required'],
      [{ email: 'a\uD800@b.de', password: 'password123' }, 400, 'Invalid email format'],
      [{ email: `${'a'.repeat(2000)}@b.de`, password: 'password123' }, 400, 'Invalid email format'],
    ];
    for (const [body, status, message] of refusals) {
      expect(await server.call('POST', '/api/auth/signup', body)).toEqual({
        status,
        body: { success: false, message },
      });
    }
  });

  test('another user’s chat is denied, a missing one is not found, on both surfaces', async () => {
    await using server = await amanda(says('x'));
    await server.call('POST', '/api/auth/signup', account);
    const { chat_id } = (await server.call('POST', '/api/chat/create')).body;
    server.forgetCookie();
    await server.call('POST', '/api/auth/signup', { ...account, email: 'other@example.com' });
    const denied = { success: false, message: 'Access denied' };
    const unknown = { success: false, message: 'Chat not found' };
    for (const [method, path, body] of [
      ['GET', '/messages', undefined],
      ['PUT', '/rename', { title: 'Mine' }],
      ['DELETE', '', undefined],
    ] as const) {
      expect(await server.call(method, `/api/chat/${String(chat_id)}${path}`, body)).toEqual({
        status: 403,
        body: denied,
      });
      expect(await server.call(method, `/api/chat/9007199254740991${path}`, body)).toEqual({
        status: 404,
        body: unknown,
      });
    }
    const client = server.connect(['websocket']);
    client.socket.emit('send_message', { chat_id, message: 'Hello' });
    expect(await client.next('error')).toEqual({ message: 'Access denied' });
    client.socket.emit('send_message', { chat_id: '9007199254740991', message: 'Hello' });
    expect(await client.next('error')).toEqual({ message: 'Chat not found' });
    client.socket.emit('send_message', { chat_id, message: 'lone \uD800' });
    expect(await client.next('error')).toEqual({ message: 'Invalid message data' });
  });

  test('the AI backend fails: the question stays, the socket too', async () => {
    let calls = 0;
    await using server = await amanda(async function* () {
      calls += 1;
      if (calls === 1) throw new Error('down');
      yield 'up';
    });
    await server.call('POST', '/api/auth/signup', account);
    const { chat_id } = (await server.call('POST', '/api/chat/create')).body;
    const client = server.connect(['polling']);
    client.socket.emit('send_message', { chat_id, message: 'one' });
    expect(await client.next('error')).toEqual({
      message: 'AI service unavailable. Please try again later.',
    });
    client.socket.emit('send_message', { chat_id, message: 'two' });
    expect(await client.next('message_complete')).toMatchObject({ full_text: 'up' });
    const { messages } = (await server.call('GET', `/api/chat/${String(chat_id)}/messages`)).body;
    expect(
      legacyMessage
        .array()
        .parse(messages)
        .map(({ content }) => content),
    ).toEqual(['one', 'two', 'up']);
  });

  test('messages that come while an answer is written wait; stop ends the answer', async () => {
    const first = Promise.withResolvers<void>();
    let calls = 0;
    await using server = await amanda(async function* (_request, { signal }) {
      calls += 1;
      yield `answer ${calls}`;
      if (calls === 1) await first.promise;
      if (calls === 3) await new Promise((_, reject) => signal.addEventListener('abort', reject));
      yield { done: true };
    });
    await server.call('POST', '/api/auth/signup', account);
    const { chat_id } = (await server.call('POST', '/api/chat/create')).body;
    const client = server.connect(['websocket']);
    for (const message of ['1', '2', '3']) client.socket.emit('send_message', { chat_id, message });
    expect(await client.next('message_token')).toEqual({ text: 'answer 1' });
    const running = (await server.call('GET', `/api/chat/${String(chat_id)}/messages`)).body['messages'];
    expect(
      legacyMessage
        .array()
        .parse(running)
        .map(({ content }) => content),
    ).toEqual(['1', 'answer 1']);
    first.resolve();
    for (const text of ['answer 1', 'answer 2']) {
      expect(await client.next('message_complete')).toMatchObject({ full_text: text });
    }
    await client.next('message_token');
    expect(await client.next('message_token')).toEqual({ text: 'answer 3' });
    client.socket.emit('stop_message', { chat_id });
    expect(await client.next('message_complete')).toMatchObject({ full_text: 'answer 3' });
    expect(client.text()).toBe('answer 1answer 2answer 3');
  });

  test('an account is deleted with its chats and sockets', async () => {
    await using server = await amanda(says('x'));
    await server.call('POST', '/api/auth/signup', account);
    const client = server.connect(['websocket']);
    await client.next('connect');
    expect(await server.call('PATCH', '/api/user/profile', { display_name: 'Ada' })).toMatchObject({
      status: 200,
      body: { success: true, user: { display_name: 'Ada' } },
    });
    expect((await server.call('DELETE', '/api/user/account')).status).toBe(200);
    await client.next('disconnect');
    expect((await server.call('POST', '/api/auth/login', account)).status).toBe(401);
  });
});
