import { failure, scriptedAiBackend, silence } from '@amanda/ai-client/scripted';
import { deferred, faultProxy, signUp, spawnServer, temporaryFolder } from '@amanda/testing';
import { Status } from 'nice-grpc';
import { describe, expect, it } from 'vitest';
import { answers, box, ended, questions, type Stage, say } from '../stage.ts';

const lost = /Failed to load resource|WebSocket connection|net::ERR/;

export function endingsSuite(stage: () => Stage): void {
  describe('ends of answers', () => {
    it('said nothing about an answer that its length limit had cut off, and offered no way on', async () => {
      stage().answersWith('ran out of room', async function* ({ continueFrom }) {
        yield { text: continueFrom === undefined ? 'The first half ' : 'and the rest.', continues: true };
        yield { done: true, finishReason: continueFrom === undefined ? 'max_tokens' : 'stop' };
      });
      const page = await stage().open({ user: await stage().newUser() });
      await say(page, 'ran out of room');
      await ended(page);
      await answers(page).getByText('The answer reached its length limit here.').waitFor();
      await page.reload();
      await answers(page).getByText('The answer reached its length limit here.').waitFor();
      await page.getByRole('button', { name: 'Continue' }).click();
      await answers(page).getByText('The first half and the rest.').waitFor();
      await page.getByText('The answer reached its length limit here.').waitFor({ state: 'detached' });
      expect(await page.getByRole('button', { name: 'Continue' }).count()).toBe(0);
    });

    it('said nothing about an answer whose rest a filter had withheld', async () => {
      stage().answersWith('half is withheld', async function* () {
        yield 'Only so much.';
        yield { done: true, finishReason: 'content_filter' };
      });
      const page = await stage().open({ user: await stage().newUser() });
      await say(page, 'half is withheld');
      await answers(page).getByText('The AI service withheld the rest of this answer.').waitFor();
      expect(await page.getByRole('button', { name: 'Continue' }).count()).toBe(0);
      expect(await page.getByRole('button', { name: 'Regenerate' }).count()).toBe(1);
    });

    it.each([
      {
        what: 'a wrong key',
        status: Status.UNAUTHENTICATED,
        said: '',
        shown: /^The AI service is not set up correctly\. Only whoever runs this server can mend that/,
        way: null,
      },
      {
        what: 'too much to do',
        status: Status.RESOURCE_EXHAUSTED,
        said: '',
        shown:
          /^The AI service has too much to do, or its quota is used up\. Wait a minute, then try again\.$/,
        way: 'Try again',
      },
      {
        what: 'a fault before the first word',
        status: Status.INTERNAL,
        said: '',
        shown: /^The AI service failed while writing\. Try again\.$/,
        way: 'Try again',
      },
      {
        what: 'a fault in the middle',
        status: Status.INTERNAL,
        said: 'As far as',
        shown: /^The AI service failed while writing\. What it wrote is kept\. Try again\.$/,
        way: 'Continue',
      },
      {
        what: 'a broken connection in the middle',
        status: Status.UNAVAILABLE,
        said: 'As far as',
        shown:
          /^The connection to the AI service broke off in the middle of the answer\. What it wrote is kept\.$/,
        way: 'Continue',
      },
    ])(
      'read alike, whatever had gone wrong: now it says what, for $what',
      async ({ said, shown, status, way, what }) => {
        stage().answersWith(what, async function* () {
          if (said !== '') yield said;
          throw failure(status);
        });
        const page = await stage().open({ user: await stage().newUser() });
        await say(page, what);
        const ending = answers(page).locator('[data-ending]');
        await ending.waitFor();
        expect(await ending.locator('p').innerText()).toMatch(shown);
        expect(await ending.getByRole('button').allInnerTexts()).toEqual(way === null ? [] : [way]);
      },
    );

    it('sends a waiting question only after the answer that a crash had cut off, which goes on first', async () => {
      const asked: string[] = [];
      const rest = deferred();
      await using backend = await scriptedAiBackend(async function* ({ continueFrom, message }, { signal }) {
        asked.push(continueFrom === undefined ? message : `on with ${message}`);
        if (message === 'the second') yield 'Second.';
        else if (continueFrom === undefined) {
          yield 'The sentence begins ';
          await silence(signal);
        } else {
          yield { text: 'and ', continues: true };
          await rest.promise;
          yield 'goes on.';
        }
        yield { done: true };
      });
      await using folder = await temporaryFolder();
      const env = { GRPC_AI_BACKEND_HOST: backend.host, GRPC_AI_BACKEND_PORT: String(backend.port) };
      await using server = await spawnServer({ dataDir: folder.path, env });
      const user = await signUp(server.url, 'ada@example.org');
      const page = await stage().open({ user, origin: server.url, expected: lost });
      await say(page, 'the first');
      await answers(page).getByText('The sentence begins').waitFor();
      await server.kill('SIGKILL');
      await page.locator('[data-connection]').getByText('Reconnecting').waitFor();
      await say(page, 'the second');
      await questions(page).getByText('the second').waitFor();
      await using again = await spawnServer({
        dataDir: folder.path,
        env: { ...env, PORT: String(server.port) },
      });
      expect(again.url).toBe(server.url);
      await answers(page).getByText('The sentence begins and').waitFor();
      await page.getByText('Will be sent after this answer').waitFor();
      rest.resolve();
      await answers(page).getByText('Second.').waitFor();
      expect(await answers(page).first().innerText()).toContain('The sentence begins and goes on.');
      expect(asked).toEqual(['the first', 'on with the first', 'the second']);
    });

    it('could not take back a regeneration that was asked for while the server was away', async () => {
      let calls = 0;
      stage().answers('once only', async function* () {
        calls += 1;
        yield `answer ${calls}`;
      });
      await using proxy = await faultProxy({ target: { port: stage().server.port } });
      const origin = `http://127.0.0.1:${proxy.port}`;
      const user = await stage().newUser();
      const page = await stage().open({ user, origin, expected: lost });
      await say(page, 'once only');
      await ended(page);
      proxy.cut();
      await page.getByRole('button', { name: 'Regenerate' }).click();
      await answers(page).getByText('answer 1').waitFor({ state: 'detached' });
      await page.getByRole('button', { name: 'Stop writing' }).click();
      await answers(page).getByText('answer 1').waitFor();
      proxy.up();
      await say(page, 'and after that');
      await answers(page).getByText('You said: and after that').waitFor();
      expect(calls).toBe(1);
      expect(await answers(page).count()).toBe(2);
    });

    it('lost the words of an edit that was taken back while the server was away', async () => {
      await using proxy = await faultProxy({ target: { port: stage().server.port } });
      const origin = `http://127.0.0.1:${proxy.port}`;
      const page = await stage().open({ user: await stage().newUser(), origin, expected: lost });
      await say(page, 'as it was');
      await ended(page);
      proxy.cut();
      await box(page).press('ArrowUp');
      const edit = page.getByRole('textbox', { name: 'Edit your message' });
      await edit.fill('as it should be');
      await edit.press('Enter');
      await questions(page).getByText('as it should be').waitFor();
      await page.getByRole('button', { name: 'Stop writing' }).click();
      expect(await edit.inputValue()).toBe('as it should be');
      await edit.press('Escape');
      await questions(page).getByText('as it was').waitFor();
      await answers(page).getByText('You said: as it was').waitFor();
    });
  });
}
