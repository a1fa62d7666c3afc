import { expect, it } from 'vitest';

import { bindPort } from '../src/listener.ts';

it('a connection that the system cannot hand over leaves the port open', async () => {
  await using listener = await bindPort({ host: '127.0.0.1', port: 0 });
  for (const code of ['ENFILE', 'ENOMEM']) {
    expect(() =>
      listener.server.emit('error', Object.assign(new Error(`accept ${code}`), { code })),
    ).not.toThrow();
  }
  expect((await fetch(listener.url)).status).toBe(503);
});
