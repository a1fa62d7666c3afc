import { signUp, spawnServer, temporaryFolder } from '@amanda/testing';
import { expect, it } from 'vitest';

const [old, fresh] = ['the first secret of a server under test', 'the second secret of a server under test'];

it('a cookie sealed with a secret that was retired is taken as long as SECRET_KEY_PREVIOUS names it', async () => {
  await using folder = await temporaryFolder();
  const start = (env: Readonly<Record<string, string>>) => spawnServer({ dataDir: folder.path, env });
  /** Whether a server with these secrets knows who the cookie is of. */
  async function knows(cookie: string, env: Readonly<Record<string, string>>): Promise<unknown> {
    await using server = await start(env);
    const response = await fetch(`${server.url}/api/auth/check`, { headers: { cookie } });
    const answer: unknown = await response.json();
    return Reflect.get(Object(answer), 'authenticated');
  }

  let cookie: string;
  {
    await using before = await start({ SECRET_KEY: old });
    ({ cookie } = await signUp(before.url, 'ada@example.org'));
  }
  expect(await knows(cookie, { SECRET_KEY: fresh })).toBe(false);
  expect(await knows(cookie, { SECRET_KEY: fresh, SECRET_KEY_PREVIOUS: old })).toBe(true);
  expect(await knows(cookie, { SECRET_KEY: old })).toBe(true);
});
