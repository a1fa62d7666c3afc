import type { AmandaClient } from '@amanda/client';
import type { QueryClient } from '@tanstack/react-query';
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  type RouterHistory,
  redirect,
} from '@tanstack/react-router';
import { drafts } from '../drafts/drafts.ts';
import { loadMarkdown } from '../markdown/prepare.ts';
import { patiently } from '../server/patiently.ts';
import { endingText, farewell, sessionQuery, setSession } from '../session/session.ts';
import { SignInPage, SignUpPage } from '../session/sign-pages.tsx';
import { Missing, Root, Unreachable, Waiting } from './root.tsx';

interface RouterContext {
  readonly client: AmandaClient;
  readonly queries: QueryClient;
}

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

const root = createRootRouteWithContext<RouterContext>()({ component: Root });

/** Pages for strangers; whoever is logged in is led on. */
const outside = createRoute({
  getParentRoute: () => root,
  id: 'outside',
  beforeLoad: async ({ context }) => {
    const session = await context.queries.query({ ...sessionQuery(context.client), staleTime: 'static' });
    if (session.authenticated) redirect({ to: '/', throw: true });
  },
});
const mailedLinkPages = () => patiently(() => import('../session/mailed-link-pages.tsx'));
const signIn = createRoute({
  getParentRoute: () => outside,
  path: '/sign-in',
  validateSearch: (search: Record<string, unknown>): { to?: string } => {
    const to = textOf(search['to']);
    // Only places on this page: a link must not lead somebody away after the login.
    return to !== undefined && /^\/(?![/\\])/.test(to) ? { to } : {};
  },
  component: SignInPage,
});
const signUp = createRoute({
  getParentRoute: () => outside,
  path: '/sign-up',
  component: SignUpPage,
});
const forgot = createRoute({
  getParentRoute: () => root,
  path: '/forgot-password',
  component: lazyRouteComponent(mailedLinkPages, 'ForgotPage'),
});
const mailed = (search: Record<string, unknown>) => ({ token: textOf(search['token']) ?? '' });
const reset = createRoute({
  getParentRoute: () => root,
  path: '/reset-password',
  validateSearch: mailed,
  component: lazyRouteComponent(mailedLinkPages, 'ResetPage'),
});
const verify = createRoute({
  getParentRoute: () => root,
  path: '/verify-email',
  validateSearch: mailed,
  component: lazyRouteComponent(mailedLinkPages, 'VerifyPage'),
});

const insidePage = () => patiently(() => import('./inside.tsx'));
/** Pages for whoever is logged in. */
const inside = createRoute({
  getParentRoute: () => root,
  id: 'inside',
  beforeLoad: async ({ context, location }) => {
    const session = await context.queries.query({ ...sessionQuery(context.client), staleTime: 'static' });
    if (!session.authenticated)
      redirect({ to: '/sign-in', search: location.href === '/' ? {} : { to: location.href }, throw: true });
  },
  component: lazyRouteComponent(insidePage, 'Inside'),
});
const chatPages = () => patiently(() => import('./chat-routes.tsx'));
const chats = createRoute({
  getParentRoute: () => inside,
  id: 'chats',
  component: lazyRouteComponent(chatPages, 'ChatsLayout'),
});
const home = createRoute({ getParentRoute: () => chats, path: '/' });
const chat = createRoute({
  getParentRoute: () => chats,
  path: '/chats/$chatId',
  validateSearch: (search: Record<string, unknown>): { message?: number } => {
    const message = Number(search['message']);
    return Number.isSafeInteger(message) && message > 0 ? { message } : {};
  },
});
const settings = createRoute({
  getParentRoute: () => inside,
  path: '/settings',
  component: lazyRouteComponent(
    () => patiently(() => import('../settings/settings-page.tsx')),
    'SettingsPage',
  ),
});

const tree = root.addChildren([
  outside.addChildren([signIn, signUp]),
  forgot,
  reset,
  verify,
  inside.addChildren([chats.addChildren([home, chat]), settings]),
]);

/** Begins to load what a chat needs, whatever else is asked first. */
export function loadChatAhead(path: string): void {
  const isOpen = path.startsWith('/chats/');
  for (const load of [insidePage, chatPages, ...(isOpen ? [loadMarkdown] : [])]) load().catch(() => {});
}

/** Makes the page's router. When a session ends it leads to the sign-in page, and says why. */
export function createPageRouter(client: AmandaClient, queries: QueryClient, history?: RouterHistory) {
  const router = createRouter({
    routeTree: tree,
    context: { client, queries },
    ...(history !== undefined && { history }),
    defaultPendingComponent: Waiting,
    defaultPendingMs: 300,
    defaultErrorComponent: Unreachable,
    defaultNotFoundComponent: Missing,
    notFoundMode: 'root',
  });
  client.connection.subscribe(() => {
    const { reason, status } = client.connection.getSnapshot();
    if (status !== 'signedOut') return;
    // The word that says why may come after a call that was refused.
    if (reason !== null && farewell.get() === endingText('other')) farewell.set(endingText(reason));
    const before = queries.getQueryData(sessionQuery(client).queryKey);
    setSession(queries, { authenticated: false });
    drafts.clear();
    if (before?.authenticated !== true) return;
    queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'session' });
    farewell.set(farewell.get() ?? endingText(reason ?? 'other'));
    void router.invalidate();
  });
  return router;
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createPageRouter>;
  }
  interface HistoryState {
    /** When a search led here. */
    visit?: number;
  }
}
