import { createAmandaClient, type User } from '@amanda/client';
import { CSPProvider } from '@base-ui/react/csp-provider';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { createMemoryHistory, RouterContextProvider, RouterProvider } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { createPageRouter } from '../routes/router.tsx';
import { ClientContext } from '../server/client.ts';
import { setSession, UserContext } from '../session/session.ts';
import { ChatShell } from './chat-shell.tsx';
import type { Shell } from './shell.ts';

/** Renders all shells, out of the components of the page itself. Runs at the build. */
export async function renderShells(): Promise<readonly Shell[]> {
  return [
    // Where a stranger is led to the sign-in page, it is there at once.
    { reader: 'stranger', places: ['', 'chats', 'settings', 'sign-in'], html: await outside('/sign-in') },
    { reader: 'stranger', places: ['sign-up'], html: await outside('/sign-up') },
    { reader: 'member', places: [''], html: await inside(<ChatShell isNew />) },
    { reader: 'member', places: ['chats'], html: await inside(<ChatShell isNew={false} />) },
  ];
}

/** A page for strangers as the router shows it. */
async function outside(path: string): Promise<string> {
  const { around, router } = await stageOf(path);
  return renderToStaticMarkup(around(<RouterProvider router={router} />));
}

/** A page behind the login, of a reader of whom nothing is known. */
async function inside(page: ReactNode): Promise<string> {
  const { around, router } = await stageOf('/');
  return renderToStaticMarkup(
    around(
      <RouterContextProvider router={router}>
        <UserContext value={nobody}>{page}</UserContext>
      </RouterContextProvider>,
    ),
  );
}

const nobody: User = {
  id: 0,
  email: '',
  displayName: null,
  emailVerified: false,
  role: 'user',
  createdAt: new Date(0),
};

/** What stands around every page: a client that calls nobody, and a session that nobody has. */
async function stageOf(path: string) {
  const client = createAmandaClient({ url: 'http://shell.invalid' });
  const queries = new QueryClient();
  setSession(queries, { authenticated: false });
  const router = createPageRouter(client, queries, createMemoryHistory({ initialEntries: [path] }));
  await router.load();
  const around = (page: ReactNode) => (
    <CSPProvider disableStyleElements>
      <QueryClientProvider client={queries}>
        <ClientContext value={client}>{page}</ClientContext>
      </QueryClientProvider>
    </CSPProvider>
  );
  return { around, router };
}
