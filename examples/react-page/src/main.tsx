import { createAmandaClient } from '@amanda/client';
import { AmandaProvider, createQueryClient } from '@amanda/client/react';
import { createRoot } from 'react-dom/client';
import { Page } from './page.tsx';

const client = createAmandaClient({ store: sessionStorage });
const root = document.getElementById('root');
if (root !== null) {
  createRoot(root).render(
    <AmandaProvider client={client} queryClient={createQueryClient()}>
      <Page />
    </AmandaProvider>,
  );
}
