import { type AiScript, scriptedAiBackend, silence } from '@amanda/ai-client/scripted';
import { deferred, faultProxy, signUp, spawnServer, temporaryFolder } from '@amanda/testing';
import { describe, expect, it } from 'vitest';
import { answers, around, box, ended, questions, type Stage, say } from '../stage.ts';

const lost = /Failed to load resource|WebSocket connection|net::ERR/;

/** Begins a sentence and says no more, until it is asked to go on. */
const breaksOff: AiScript = async function* ({ continueFrom }, { signal }) {
  if (continueFrom === undefined) {
    yield 'The sentence begins ';
    await silence(signal);
  }
  yield { text: 'and goes on.', continues: true };
  yield { done: true };
};

export function linkSuite(stage: () => Stage): void {
  describe('links that break', () => {
    it('goes on after a reload in mid-answer, and after leaving the chat', async () => {
      const rest = deferred();
      stage().answers('reload me', around('The first part. ', rest.promise, 'The second part.'));
      const page = await stage().open({ user: await stage().newUser() });
      await say(page, 'reload me');
      await answers(page).getByText('The first part.').waitFor();
      await page.reload();
      await answers(page).getByText('The first part.').waitFor();
      await page.getByRole('link', { name: 'New chat' }).first().click();
      await page.locator('[data-mark=writing]').waitFor();
      rest.resolve();
      await page.locator('[data-mark=unread]').waitFor();
      await page
        .getByRole('navigation')
        .getByRole('link', { name: /reload me/ })
        .click();
      await answers(page).getByText('The first part. The second part.').waitFor();
      await page.locator('[data-mark=unread]').waitFor({ state: 'detached' });
      expect(await questions(page).count()).toBe(1);
    });

    it('says that the link is lost in one line, goes on without a gap, and says no more', async () => {
      const rest = deferred();
      stage().answers('through the storm', around('Before the cut, ', rest.promise, 'after the cut.'));
      await using proxy = await faultProxy({ target: { port: stage().server.port } });
      const origin = `http://127.0.0.1:${proxy.port}`;
      const page = await stage().open({ user: await stage().newUser(), origin, expected: lost });
      await say(page, 'through the storm');
      await answers(page).getByText('Before the cut,').waitFor();
      proxy.cut();
      await page.locator('[data-connection]').getByText('Reconnecting').waitFor();
      rest.resolve();
      proxy.up();
      await answers(page).getByText('Before the cut, after the cut.').waitFor();
      await page.locator('[data-connection] span').first().waitFor({ state: 'detached' });
      expect(await ended(page)).toContain('Before the cut, after the cut.');
    });

    it('lets a message that is sent offline wait, over a reload too, and sends it once', async () => {
      await using proxy = await faultProxy({ target: { port: stage().server.port } });
      const origin = `http://127.0.0.1:${proxy.port}`;
      const user = await stage().newUser();
      const page = await stage().open({ user, origin, expected: lost });
      await say(page, 'first');
      await ended(page);
      proxy.cut();
      await say(page, 'sent while away');
      await questions(page).getByText('sent while away').waitFor();
      expect(await box(page).inputValue()).toBe('');
      proxy.up();
      await page.reload();
      await answers(page).getByText('You said: sent while away').waitFor();
      await page.reload();
      await answers(page).getByText('You said: sent while away').waitFor();
      expect(await questions(page).getByText('sent while away').count()).toBe(1);
    });

    it('shows the same in two tabs, live, and marks what the other has not read', async () => {
      const rest = deferred();
      stage().answers('for both', around('shared ', rest.promise, 'text'));
      const user = await stage().newUser();
      const one = await stage().open({ user });
      const two = await stage().open({ user });
      await box(two).waitFor();
      await say(one, 'for both');
      await two.locator('[data-mark=writing]').waitFor();
      await two
        .getByRole('navigation')
        .getByRole('link', { name: /for both/ })
        .click();
      await answers(two).getByText('shared').waitFor();
      rest.resolve();
      expect(await ended(two)).toContain('shared text');
      expect(await ended(one)).toContain('shared text');
      await one.getByRole('button', { name: 'More for “for both”' }).click();
      await one.getByRole('menuitem', { name: 'Delete' }).click();
      await two.getByRole('heading', { name: 'This chat does not exist' }).waitFor();
    });

    it('keeps what was shown when the server is killed in mid-answer, and the sentence goes on by itself', async () => {
      await using backend = await scriptedAiBackend(breaksOff);
      await using folder = await temporaryFolder();
      const env = { GRPC_AI_BACKEND_HOST: backend.host, GRPC_AI_BACKEND_PORT: String(backend.port) };
      await using server = await spawnServer({ dataDir: folder.path, env });
      const user = await signUp(server.url, 'ada@example.org');
      const page = await stage().open({ user, origin: server.url, expected: lost });
      await say(page, 'tell me');
      await answers(page).getByText('The sentence begins').waitFor();
      await server.kill('SIGKILL');
      await page.locator('[data-connection]').getByText('Reconnecting').waitFor();
      expect(await answers(page).innerText()).toContain('The sentence begins');
      await using again = await spawnServer({
        dataDir: folder.path,
        env: { ...env, PORT: String(server.port) },
      });
      expect(again.url).toBe(server.url);
      await answers(page).getByText('The sentence begins and goes on.').waitFor();
      expect(await page.getByText('The answer was interrupted.').count()).toBe(0);
      expect(await page.getByRole('button', { name: 'Continue' }).count()).toBe(0);
    });

    it('shows what a crash cut off as interrupted where the server is told to keep it, and goes on when asked', async () => {
      await using backend = await scriptedAiBackend(breaksOff);
      await using folder = await temporaryFolder();
      const env = {
        GRPC_AI_BACKEND_HOST: backend.host,
        GRPC_AI_BACKEND_PORT: String(backend.port),
        AFTER_CRASH: 'keep',
      };
      await using server = await spawnServer({ dataDir: folder.path, env });
      const user = await signUp(server.url, 'ada@example.org');
      const page = await stage().open({ user, origin: server.url, expected: lost });
      await say(page, 'tell me');
      await answers(page).getByText('The sentence begins').waitFor();
      await server.kill('SIGKILL');
      await page.locator('[data-connection]').getByText('Reconnecting').waitFor();
      expect(await answers(page).innerText()).toContain('The sentence begins');
      await using again = await spawnServer({
        dataDir: folder.path,
        env: { ...env, PORT: String(server.port) },
      });
      expect(again.url).toBe(server.url);
      await answers(page).getByText('The answer was interrupted.').waitFor();
      expect(await answers(page).innerText()).toContain('The sentence begins');
      await page.getByRole('button', { name: 'Continue' }).click();
      await answers(page).getByText('and goes on.').waitFor();
    });
  });
}
