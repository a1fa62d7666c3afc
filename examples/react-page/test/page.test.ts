import path from 'node:path';
import { createAmandaClient } from '@amanda/client';
import { AmandaProvider, createQueryClient } from '@amanda/client/react';
import { deferred, startTestServer } from '@amanda/testing';
import { createElement } from 'react';
import { build } from 'vite';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { Page } from '../src/page.tsx';
import { cleanup, fireEvent, render, screen, waitFor } from './browser.ts';

afterEach(cleanup);

/** A client that keeps a cookie, as a browser does by itself. */
function browserClient(url: string) {
  const headers = { cookie: '' };
  return createAmandaClient({
    url,
    environment: {
      WebSocket: class extends WebSocket {
        constructor(address: string) {
          super(address, { headers });
        }
      },
      async fetch(input, init) {
        const response = await fetch(input, {
          ...init,
          headers: [...new Headers(init?.headers), ['cookie', headers.cookie]],
        });
        const [cookie] = response.headers.getSetCookie();
        if (cookie !== undefined) headers.cookie = cookie.split(';', 1)[0] ?? '';
        return response;
      },
    },
  });
}

const type = (label: string, value: string) =>
  fireEvent.change(screen.getByLabelText(label), { target: { value } });

describe('the smallest page', () => {
  it('signs up, asks, and shows the answer as it grows', async () => {
    const more = deferred();
    await using server = await startTestServer({
      async *script() {
        yield 'Hello';
        await more.promise;
        yield ', Amanda!';
      },
    });
    using client = browserClient(server.url);
    render(createElement(AmandaProvider, { client, queryClient: createQueryClient() }, createElement(Page)));

    await waitFor(() => screen.getByText('Sign up'));
    type('E-mail', 'ada@example.org');
    type('Password', 'correct horse battery');
    fireEvent.click(screen.getByText('Sign up'));
    await waitFor(() => screen.getByText('open'));
    fireEvent.click(screen.getByText('New chat'));
    await waitFor(() => screen.getByLabelText('Question'));
    type('Question', 'How are you?');
    fireEvent.click(screen.getByText('Send'));
    await waitFor(() => screen.getByText('Hello'));
    more.resolve();
    await waitFor(() => screen.getByText('Hello, Amanda!'));
    // As the title of the chat, and in it.
    expect(screen.getAllByText('How are you?')).toHaveLength(2);
  });

  it('can be built as it stands', async () => {
    const root = path.join(import.meta.dirname, '..');
    const built = await build({ root, logLevel: 'silent', build: { write: false } });
    expect(Array.isArray(built)).toBe(false);
    if (Array.isArray(built) || !('output' in built)) return;
    expect(built.output.map(({ fileName }) => path.extname(fileName))).toContain('.html');
  });
});
