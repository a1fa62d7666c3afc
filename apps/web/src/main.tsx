import { CSPProvider } from '@base-ui/react/csp-provider';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { createPageRouter, loadChatAhead } from './routes/router.tsx';
import { ClientContext, createPageClient } from './server/client.ts';
import { isForMember, takeOver } from './shell/take-over.ts';
import './styles.css';
import { followKeyboard } from './theme/keyboard.ts';
import { followTheme } from './theme/theme.ts';
import { Toasts } from './ui/toasts.tsx';

followTheme();
followKeyboard();

if (isForMember() || location.pathname.startsWith('/chats/')) loadChatAhead(location.pathname);

const client = createPageClient();
const queries = new QueryClient({
  defaultOptions: {
    queries: { networkMode: 'always', refetchOnWindowFocus: false, staleTime: 30_000, retry: 1 },
    mutations: { networkMode: 'always' },
  },
});
const router = createPageRouter(client, queries);

const root = document.getElementById('root');
if (root !== null) {
  takeOver(root);
  createRoot(root).render(
    <StrictMode>
      <CSPProvider disableStyleElements>
        <QueryClientProvider client={queries}>
          <ClientContext value={client}>
            <RouterProvider router={router} />
            <Toasts />
          </ClientContext>
        </QueryClientProvider>
      </CSPProvider>
    </StrictMode>,
  );
}
