import { describe, expect, it } from 'vitest';
import { frames, gap, longChat, topRow, watchOpening } from '../reading.ts';
import { answers, questions, type Stage } from '../stage.ts';

export function historySuite(stage: () => Stage): void {
  describe('long histories', () => {
    it('opens a chat of 10,000 messages from one page of them, at the end from the first frame on', async ({
      annotate,
    }) => {
      const { path, user } = await longChat(stage(), 5_000);
      const page = await stage().open({ user, path: '/settings' });
      await page.getByText('This device').waitFor();
      const times: number[] = [];
      for (let round = 0; round < 3; round += 1) {
        const { dataAt, frames: seen } = await watchOpening(page, stage().server.url + path);
        const first = seen[0]?.at ?? Number.NaN;
        times.push(first - (dataAt[0] ?? Number.NaN));
        expect(dataAt.filter((at) => at < first)).toHaveLength(1);
        expect(seen.filter((frame) => frame.gap > 2)).toEqual([]);
      }
      await annotate(`from the data to the first frame: ${Math.round(Math.min(...times))} ms`);
      expect(await page.locator('[data-row]').count()).toBeLessThan(300);
      await answers(page).getByText('question 5000').waitFor();
      expect(await gap(page)).toBeLessThanOrEqual(2);
    });

    it('leads from the search to the first of 2,000 messages', async () => {
      const { chatId, path, user } = await longChat(stage(), 1_000);
      const { db } = stage().server;
      const first = await db.prisma.message.findFirstOrThrow({ where: { chatId }, orderBy: { id: 'asc' } });
      await db.prisma.message.update({ where: { id: first.id }, data: { content: 'the cassowary' } });
      // As the core indexes what it stores itself.
      await db.prisma.$executeRaw`INSERT INTO search_entries (rowid, owner, text, chat_id)
        VALUES (${first.id}, ${`u${user.id}`}, 'the cassowary', ${chatId})`;
      const page = await stage().open({ user, path });
      await answers(page).last().waitFor();
      await page.keyboard.press('Control+k');
      await page.getByRole('combobox').fill('cassowary');
      await page.getByRole('option').first().waitFor();
      await page.keyboard.press('Enter');
      await questions(page).getByText('the cassowary').waitFor();
      expect(await page.locator('[data-row]').count()).toBeLessThan(300);
    });

    it('finds each of two chats where it was left', async () => {
      const { user } = await longChat(stage(), 20, { title: 'The first chat' });
      const { path } = await longChat(stage(), 24, { user, title: 'The second chat' });
      const page = await stage().open({ user, path });
      const visit = async (title: string) => {
        await page.getByRole('navigation').getByRole('link', { name: title }).click();
        await expect.poll(() => page.title()).toContain(title);
        await answers(page).last().waitFor();
        await frames(page, 4);
      };
      const leaveAt = async (up: number) => {
        await page.locator('[data-scroller]').hover();
        await page.mouse.wheel(0, -up);
        await frames(page, 4);
        return topRow(page);
      };
      await visit('The second chat');
      const second = await leaveAt(900);
      await visit('The first chat');
      expect(await gap(page)).toBeLessThanOrEqual(2);
      const first = await leaveAt(1_400);
      await visit('The second chat');
      expect(await topRow(page)).toEqual(second);
      await visit('The first chat');
      expect(await topRow(page)).toEqual(first);
    });
  });
}
