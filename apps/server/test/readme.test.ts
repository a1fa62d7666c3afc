import { says } from '@amanda/ai-client/scripted';
import { cookieOf, legacyClient, startTestServer } from '@amanda/testing';
import { describe, expect, it } from 'vitest';

/** Calls as the readme's curl does: JSON with a body, the cookie by hand, no header that only browsers send. */
async function curl(
  url: string,
  options: { method?: string; body?: unknown; cookie?: string } = {},
): Promise<{
  response: Response;
  status: number;
  body: unknown;
}> {
  const response = await fetch(url, {
    method: options.method ?? (options.body === undefined ? 'GET' : 'POST'),
    headers: {
      ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(options.cookie === undefined ? {} : { cookie: options.cookie }),
    },
    ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
  });
  return { response, status: response.status, body: await response.json() };
}

const naiveTime = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+$/);

describe('the conversation of the readme', () => {
  it.each([
    { transports: ['websocket'] },
    { transports: ['polling'] },
    { transports: ['polling', 'websocket'] },
  ] as const)('goes on over $transports', async ({ transports }) => {
    await using server = await startTestServer({ script: says('Hello! ', 'How can I help you today?') });
    const api = `${server.url}/api`;
    const account = { email: 'test@example.com', password: 'password123' };

    const made = await curl(`${api}/auth/signup`, { body: account });
    expect([made.status, made.body]).toEqual([
      201,
      { success: true, message: 'Account created successfully', user_id: 1 },
    ]);
    const login = await curl(`${api}/auth/login`, { body: account });
    expect(login.body).toEqual({
      success: true,
      message: 'Login successful',
      user: { id: 1, email: 'test@example.com' },
    });
    const cookie = cookieOf(login.response);
    expect((await curl(`${api}/auth/check`, { cookie })).body).toEqual({
      authenticated: true,
      user: { id: 1, email: 'test@example.com' },
    });
    const created = await curl(`${api}/chat/create`, { method: 'POST', cookie });
    expect([created.status, created.body]).toEqual([
      201,
      { chat_id: 1, title: 'New Chat', created_at: naiveTime },
    ]);

    using client = legacyClient({ url: server.url, cookie, transports: [...transports] });
    await client.connected();
    const tokens: string[] = [];
    client.socket.on('message_token', ({ text }: { text: string }) => tokens.push(text));
    const complete = client.next('message_complete');
    client.socket.emit('send_message', { chat_id: 1, message: 'Hello, Amanda!' });
    const fullText = 'Hello! How can I help you today?';
    expect(await complete).toEqual({ message_id: 2, full_text: fullText });
    expect(tokens.join('')).toBe(fullText);

    const { body } = await curl(`${api}/chat/1/messages`, { cookie });
    expect(body).toEqual({
      messages: [
        { id: 1, chat_id: 1, role: 'user', content: 'Hello, Amanda!', timestamp: naiveTime },
        { id: 2, chat_id: 1, role: 'assistant', content: fullText, timestamp: naiveTime },
      ],
    });
    expect((await curl(`${api}/chat/list`, { cookie })).body).toEqual({
      chats: [
        { id: 1, user_id: 1, title: 'Hello, Amanda!', created_at: naiveTime, last_message_time: naiveTime },
      ],
    });
    const out = await curl(`${api}/auth/logout`, { method: 'POST', cookie });
    expect(out.body).toEqual({ success: true, message: 'Logged out successfully' });
    expect((await curl(`${api}/user/profile`, { cookie })).status).toBe(401);
  });

  it('begins with JSON for programs and a page for browsers', async () => {
    await using server = await startTestServer();
    expect((await curl(`${server.url}/`)).body).toMatchObject({ status: 'running' });
    expect((await curl(`${server.url}/health`)).body).toEqual({ status: 'healthy' });
    const page = await fetch(`${server.url}/`, { headers: { accept: 'text/html,*/*' } });
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page.headers.get('content-security-policy')).toContain("script-src 'self'");
    const html = await page.text();
    for (const [, file] of html.matchAll(/(?:src|href)="(\/[^"]+)"/g)) {
      expect([file, (await fetch(server.url + file)).status]).toEqual([file, 200]);
    }
    expect(html).not.toMatch(/<script>|style=|onclick/);
  });
});
