import { AmandaError } from '@amanda/api';
import { describe, expect, test } from 'vitest';
import { routes } from '../src/rest/routes.ts';
import { fakeAmanda } from './fake-caller.ts';
import { restApp } from './servers.ts';

const json = { 'content-type': 'application/json' };

/** An error that every procedure of the group throws. */
const throwing = (error: Error) => async (): Promise<never> => {
  throw error;
};

describe('the rows of the legacy surface', () => {
  const time = '2026-11-22T23:53:55.102';
  const user = { id: 7, email: 'user@example.com' };
  const account = { email: 'user@example.com', password: 'password123' };
  const rows: [string, string, object | undefined, number, object][] = [
    ['GET', '/', undefined, 200, { service: 'Amanda', status: 'running', version: '1.2.3' }],
    ['GET', '/health', undefined, 200, { status: 'healthy' }],
    [
      'POST',
      '/api/auth/signup',
      account,
      201,
      { success: true, message: 'Account created successfully', user_id: 7 },
    ],
    ['POST', '/api/auth/login', account, 200, { success: true, message: 'Login successful', user }],
    ['POST', '/api/auth/logout', undefined, 200, { success: true, message: 'Logged out successfully' }],
    ['GET', '/api/auth/check', undefined, 200, { authenticated: true, user }],
    ['GET', '/api/user/profile', undefined, 200, { ...user, created_at: time }],
    [
      'GET',
      '/api/chat/list',
      undefined,
      200,
      { chats: [{ id: 1, user_id: 7, title: 'New Chat', created_at: time, last_message_time: time }] },
    ],
    ['POST', '/api/chat/create', {}, 201, { chat_id: 2, title: 'New Chat', created_at: time }],
    [
      'GET',
      '/api/chat/1/messages',
      undefined,
      200,
      {
        messages: [
          { id: 1, chat_id: 1, role: 'user', content: 'Hello', timestamp: time },
          { id: 3, chat_id: 1, role: 'assistant', content: 'Hi', timestamp: time },
        ],
      },
    ],
    ['GET', '/api/chat/99/messages', undefined, 404, { success: false, message: 'Chat not found' }],
    ['GET', '/api/chat/666/messages', undefined, 403, { success: false, message: 'Access denied' }],
    [
      'PUT',
      '/api/chat/1/rename',
      { title: 'Trees' },
      200,
      { success: true, message: 'Chat renamed successfully', chat_id: 1, title: 'Trees' },
    ],
    ['PUT', '/api/chat/1/rename', { title: ' ' }, 400, { success: false, message: 'Title cannot be empty' }],
    ['PUT', '/api/chat/666/rename', { title: 'x' }, 403, { success: false, message: 'Access denied' }],
    ['DELETE', '/api/chat/1', undefined, 200, { success: true, message: 'Chat deleted successfully' }],
    ['DELETE', '/api/chat/99', undefined, 404, { success: false, message: 'Chat not found' }],
    [
      'PATCH',
      '/api/user/profile',
      { display_name: 'Ada' },
      200,
      {
        success: true,
        message: 'Profile updated successfully',
        user: { ...user, created_at: time, display_name: 'Ada' },
      },
    ],
    [
      'DELETE',
      '/api/user/account',
      undefined,
      200,
      { success: true, message: 'Account deleted successfully' },
    ],
    [
      'POST',
      '/api/auth/verify-email',
      { token: 't' },
      200,
      { success: true, message: 'Email verified successfully' },
    ],
    [
      'POST',
      '/api/auth/resend-verification',
      { email: 'a@b.de' },
      200,
      { success: true, message: 'If this address needs to be verified, an email has been sent' },
    ],
    [
      'POST',
      '/api/auth/forgot-password',
      { email: 'a@b.de' },
      200,
      { success: true, message: 'If an account with this address exists, an email has been sent' },
    ],
    [
      'POST',
      '/api/auth/verify-reset-token',
      { token: 't' },
      200,
      { success: true, message: 'Token is valid' },
    ],
    [
      'POST',
      '/api/auth/reset-password',
      { token: 't', password: 'password123' },
      200,
      { success: true, message: 'Password reset successfully' },
    ],
  ];

  test.each(rows)('%s %s %j answers %d', async (method, url, payload, status, body) => {
    const amanda = fakeAmanda();
    amanda.addChat();
    amanda.addMessage(1, { text: 'Hello' });
    amanda.addMessage(1, { role: 'assistant', text: '', status: 'failed' });
    amanda.addMessage(1, { role: 'assistant', text: 'Hi' });
    await using app = await restApp(amanda.caller);
    const response = await app.inject({
      method: method as 'GET',
      url,
      ...(payload && { payload, headers: json }),
    });
    expect(response.json()).toEqual(body);
    expect(response.statusCode).toBe(status);
    expect(response.headers['content-type']).toMatch(/^application\/json/);
    const row = routes.find(({ path, method: own }) => own === method && path === url.replace(/\d+/, ':id'));
    if (row !== undefined && status < 300) row.response.parse(body);
  });

  test('no route is missing above', () => {
    const covered = new Set(rows.map(([method, url]) => `${method} ${url.replace(/\d+/, ':id')}`));
    expect(routes.filter(({ method, path }) => !covered.has(`${method} ${path}`))).toEqual([]);
  });
});

describe('protected routes', () => {
  test.each(routes.filter(({ needsSession }) => needsSession))(
    '$method $path asks for a session first',
    async (row) => {
      await using app = await restApp(fakeAmanda({ authenticated: false }).caller);
      const request = { method: row.method, url: row.path.replace(':id', '0') };
      const broken = { ...request, payload: '{', headers: json };
      for (const sent of row.method === 'GET' ? [request] : [request, broken]) {
        const response = await app.inject(sent);
        expect(response.json()).toEqual({ success: false, message: 'Authentication required' });
        expect(response.statusCode).toBe(401);
      }
    },
  );

  test('the others do not', () => {
    expect(
      routes.filter(({ needsSession, path }) => !needsSession && !path.startsWith('/api/auth/')),
    ).toEqual([]);
  });
});

describe('wrong input', () => {
  const missing = 'Email and password are required';
  const cases: [string, string, string | undefined, number, string][] = [
    ['/api/auth/signup', 'application/json', undefined, 400, missing],
    ['/api/auth/signup', 'application/json', '', 400, missing],
    ['/api/auth/signup', 'application/json', 'null', 400, missing],
    ['/api/auth/signup', 'application/json', '[]', 400, missing],
    ['/api/auth/signup', 'application/json', '"x"', 400, missing],
    ['/api/auth/signup', 'application/json', '5', 400, missing],
    ['/api/auth/signup', 'application/json', '{}', 400, missing],
    ['/api/auth/signup', 'application/json', '{"email":"a@b.de"}', 400, missing],
    ['/api/auth/signup', 'application/json', '{"email":null,"password":"password"}', 400, missing],
    ['/api/auth/signup', 'application/json', '{"__proto__":{"email":"a@b.de","password":"x"}}', 400, missing],
    [
      '/api/auth/signup',
      'application/json',
      '{"email":5,"password":"password"}',
      400,
      'Invalid email format',
    ],
    ['/api/auth/signup', 'application/json', '{"email":"a@b.de","password":[]}', 400, 'Invalid password'],
    ['/api/auth/login', 'application/json', '{"password":"x"}', 400, missing],
    ['/api/auth/login', 'application/json', '{"email"', 400, 'Malformed JSON'],
    ['/api/auth/login', 'application/json', '\u0000', 400, 'Malformed JSON'],
    ['/api/auth/login', 'application/x-www-form-urlencoded', 'email=a', 400, 'Please send JSON'],
    ['/api/auth/login', 'multipart/form-data; boundary=x', '--x--', 400, 'Please send JSON'],
    ['/api/auth/login', 'text/plain', 'x', 415, 'Please send JSON.'],
    ['/api/auth/login', 'nonsense', 'x', 415, 'Please send JSON.'],
    ['/api/auth/login', 'application/json', `"${'x'.repeat(5000)}"`, 413, 'The request is too large.'],
    ['/api/auth/forgot-password', 'application/json', '{}', 400, 'Email is required'],
    ['/api/auth/verify-email', 'application/json', '{"token":{}}', 400, 'Invalid token'],
    ['/api/auth/verify-email', 'application/json', '[]', 400, 'Please send a JSON object'],
    ['/api/nothing', 'application/json', '{', 404, 'Not found'],
    ['/api', 'application/json', '{}', 404, 'Not found'],
    ['/api/chat/create/', 'application/json', '{}', 404, 'Not found'],
  ];

  test.each(cases)('POST %s %s %j', async (url, type, payload, status, message) => {
    await using app = await restApp(fakeAmanda().caller);
    const response = await app.inject({
      method: 'POST',
      url,
      headers: { 'content-type': type },
      ...(payload !== undefined && { payload }),
    });
    expect(response.json()).toEqual({ success: false, message });
    expect(response.statusCode).toBe(status);
  });

  test.each([
    '0',
    '-1',
    '01',
    '1.5',
    'abc',
    '9007199254740992',
    '1e3',
    '%00',
    ' 1',
    '99999999999999999999999',
  ])('the id %j is no chat', async (id) => {
    const amanda = fakeAmanda();
    amanda.addChat();
    await using app = await restApp(amanda.caller);
    const response = await app.inject({ url: `/api/chat/${encodeURI(id)}/messages` });
    expect(response.statusCode).toBe(404);
    expect(response.json()).toEqual({ success: false, message: 'Chat not found' });
  });

  test.each([
    'POST /api/auth/logout',
    'POST /api/chat/create',
    'DELETE /api/user/account',
    'DELETE /api/chat/1',
  ])('%s does without a body, whatever content type is named', async (call) => {
    const amanda = fakeAmanda();
    amanda.addChat();
    await using app = await restApp(amanda.caller);
    const [method = '', url = ''] = call.split(' ');
    for (const type of ['application/json', 'application/x-www-form-urlencoded', 'text/plain']) {
      const headers = { 'content-type': type, 'content-length': '0' };
      const response = await app.inject({ method: method as 'POST', url, headers });
      if (method === 'DELETE' && url.includes('chat')) amanda.chats.set(1, amanda.addChat());
      expect(response.statusCode).toBeLessThan(300);
    }
  });

  test('the email’s and the password’s rules have their texts', async () => {
    const amanda = fakeAmanda();
    const refuse = async (code: 'INVALID_INPUT' | 'EMAIL_TAKEN' | 'INVALID_CREDENTIALS', details = {}) => {
      const thrower = throwing(new AmandaError(code, { details }));
      const auth = { ...amanda.caller.auth, signUp: thrower, logIn: thrower };
      await using app = await restApp({ ...amanda.caller, auth });
      const payload = { email: 'x', password: 'y' };
      const url = code === 'INVALID_CREDENTIALS' ? '/api/auth/login' : '/api/auth/signup';
      const response = await app.inject({ method: 'POST', url, payload });
      return [response.statusCode, response.json()];
    };
    const refusal = (message: string) => ({ success: false, message });
    expect(await refuse('INVALID_INPUT', { field: 'email', reason: 'format' })).toEqual([
      400,
      refusal('Invalid email format'),
    ]);
    expect(await refuse('INVALID_INPUT', { field: 'password', reason: 'short' })).toEqual([
      400,
      refusal('Password must be at least 8 characters long'),
    ]);
    expect(await refuse('INVALID_INPUT', { field: 'password', reason: 'empty' })).toEqual([
      400,
      refusal(missing),
    ]);
    expect(await refuse('EMAIL_TAKEN')).toEqual([409, refusal('Email already registered')]);
    expect(await refuse('INVALID_CREDENTIALS')).toEqual([401, refusal('Invalid email or password')]);
  });

  test('limits answer with Retry-After in the documented shape', async () => {
    const amanda = fakeAmanda();
    const create = throwing(new AmandaError('RATE_LIMITED', { details: { retryAfterSeconds: 1.2 } }));
    await using app = await restApp({ ...amanda.caller, chat: { ...amanda.caller.chat, create } });
    const response = await app.inject({ method: 'POST', url: '/api/chat/create' });
    expect(response.statusCode).toBe(429);
    expect(response.headers['retry-after']).toBe('2');
    expect(response.json()).toEqual({
      error: 'rate_limited',
      message: 'Too many requests. Please try again later.',
      retry_after_seconds: 2,
      success: false,
    });
  });

  test('a defect says nothing of itself', async () => {
    const amanda = fakeAmanda();
    const create = throwing(new Error('SELECT secret FROM users'));
    await using app = await restApp({ ...amanda.caller, chat: { ...amanda.caller.chat, create } });
    const response = await app.inject({ method: 'POST', url: '/api/chat/create' });
    expect(response.statusCode).toBe(500);
    expect(response.json()).toEqual({ success: false, message: 'Something went wrong on our side.' });
  });
});

describe('methods', () => {
  test.each([
    ['POST', '/', 'GET, HEAD, OPTIONS'],
    ['DELETE', '/health', 'GET, HEAD, OPTIONS'],
    ['GET', '/api/auth/login', 'OPTIONS, POST'],
    ['POST', '/api/user/profile', 'GET, HEAD, OPTIONS, PATCH'],
    ['PATCH', '/api/chat/1', 'DELETE, OPTIONS'],
    ['GET', '/api/chat/create', 'OPTIONS, POST'],
    ['PUT', '/api/openapi.json', 'GET, HEAD, OPTIONS'],
  ] as const)('%s %s is not allowed', async (method, url, allow) => {
    await using app = await restApp(fakeAmanda().caller);
    const response = await app.inject({
      method,
      url,
      ...(method !== 'GET' && { payload: '{', headers: json }),
    });
    expect(response.statusCode).toBe(405);
    expect(response.headers.allow).toBe(allow);
    expect(response.json()).toEqual({ success: false, message: 'Method not allowed' });
  });

  test('OPTIONS names the methods, HEAD sends no body', async () => {
    const amanda = fakeAmanda();
    amanda.addChat();
    await using app = await restApp(amanda.caller);
    const options = await app.inject({ method: 'OPTIONS', url: '/api/user/profile' });
    expect([options.statusCode, options.headers.allow, options.body]).toEqual([
      204,
      'GET, HEAD, OPTIONS, PATCH',
      '',
    ]);
    for (const url of ['/', '/health', '/api/auth/check', '/api/chat/list', '/api/chat/1/messages']) {
      const head = await app.inject({ method: 'HEAD', url });
      expect([head.statusCode, head.body]).toEqual([200, '']);
      expect(head.headers['content-type']).toMatch(/^application\/json/);
    }
  });
});

describe('origins', () => {
  const listed = 'https://app.example';

  test('a listed origin may read and send cookies', async () => {
    await using app = await restApp(fakeAmanda().caller, [listed]);
    const headers = { origin: listed, 'access-control-request-method': 'POST' };
    const preflight = await app.inject({ method: 'OPTIONS', url: '/api/auth/login', headers });
    expect(preflight.statusCode).toBe(204);
    expect(preflight.headers).toMatchObject({
      'access-control-allow-origin': listed,
      'access-control-allow-credentials': 'true',
      'access-control-allow-methods': 'GET, POST, PUT, PATCH, DELETE, OPTIONS',
      'access-control-allow-headers': 'content-type',
      vary: 'Origin',
    });
    for (const url of ['/', '/health', '/api/auth/check', '/api/unknown', '/api/chat/list']) {
      const response = await app.inject({ url, headers: { origin: listed } });
      expect(response.headers).toMatchObject({
        'access-control-allow-origin': listed,
        'access-control-allow-credentials': 'true',
      });
    }
  });

  test.each([
    'authorization',
    'content-type, x-trpc-source',
    'sentry-trace,baggage',
    'traceparent, tracestate, x-requested-with',
  ])('a listed origin may send %s', async (asked) => {
    await using app = await restApp(fakeAmanda().caller, [listed]);
    const headers = { origin: listed, 'access-control-request-headers': asked };
    const preflight = await app.inject({ method: 'OPTIONS', url: '/api/chat/create', headers });
    expect(preflight.headers['access-control-allow-headers']).toBe(asked);
  });

  test.each(['a b', 'a\u00e4', ',', 'x,'.repeat(2000) + 'x'])('%j is no list of headers', async (asked) => {
    await using app = await restApp(fakeAmanda().caller, [listed]);
    const headers = { origin: listed, 'access-control-request-headers': asked };
    const preflight = await app.inject({ method: 'OPTIONS', url: '/api/chat/create', headers });
    expect(preflight.headers['access-control-allow-headers']).toBe('content-type');
  });

  test.each(['https://evil.example', 'null', 'https://app.example.evil.example', 'HTTPS://APP.EXAMPLE'])(
    '%s gets no CORS header at all',
    async (origin) => {
      await using app = await restApp(fakeAmanda().caller, [listed]);
      for (const method of ['GET', 'OPTIONS'] as const) {
        for (const url of ['/', '/api/auth/check', '/api/unknown']) {
          const { headers } = await app.inject({ method, url, headers: { origin } });
          expect(Object.keys(headers).filter((name) => name.startsWith('access-control-'))).toEqual([]);
        }
      }
    },
  );
});
