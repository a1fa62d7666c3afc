import type { TestUser } from '@amanda/testing';
import type { Page } from 'playwright-core';
import type { Stage } from './stage.ts';

/** Pixels between the view and the end of the thread. */
export const gap = (page: Page) =>
  page.locator('[data-scroller]').evaluate((box) => box.scrollHeight - box.clientHeight - box.scrollTop);

/** The row at the top of the view, and where it stands. */
export const topRow = (page: Page) =>
  page.locator('[data-scroller]').evaluate((box) => {
    const { top } = box.getBoundingClientRect();
    const row = [...box.querySelectorAll('[data-row]')].find(
      (each) => each.getBoundingClientRect().bottom > top + 1,
    );
    return {
      row: row?.getAttribute('data-row'),
      top: Math.round((row?.getBoundingClientRect().top ?? 0) - top),
    };
  });

/** Waits for some frames of the page. */
export const frames = (page: Page, count = 3) =>
  page.evaluate(async (times) => {
    for (let i = 0; i < times; i += 1) await new Promise((resolve) => requestAnimationFrame(resolve));
  }, count);

/** Waits until nothing has scrolled for some frames, as after the swing of a finger. */
export const still = (page: Page) =>
  page.locator('[data-scroller]').evaluate(async (scroller) => {
    for (let calm = 0, top = -1; calm < 15; calm = scroller.scrollTop === top ? calm + 1 : 0) {
      top = scroller.scrollTop;
      await new Promise((resolve) => requestAnimationFrame(resolve));
    }
  });

/** A chat of a user with many turns, written without any page; the last answer ends as asked. */
export async function longChat(
  stage: Pick<Stage, 'server' | 'newUser'>,
  turns: number,
  options: { user?: TestUser; title?: string; last?: string; answers?: readonly string[] } = {},
) {
  const user = options.user ?? (await stage.newUser());
  const { core, db } = stage.server;
  const { id: chatId } = await core.chats.create(user.id);
  const timestamp = new Date();
  const said = (turn: number) =>
    options.answers?.[turn - 1] ??
    `You said: **question ${turn}**. ${'It is a good one. '.repeat(((turn - 1) * 7) % 40)}`;
  await db.prisma.message.createMany({
    data: Array.from({ length: turns }, (_, index) => index + 1).flatMap((turn) => [
      { chatId, role: 'user', content: `question ${turn}`, timestamp },
      {
        chatId,
        role: 'assistant',
        content: turn === turns && options.last !== undefined ? options.last : said(turn),
        timestamp,
      },
    ]),
  });
  const last = await db.prisma.message.findFirstOrThrow({ where: { chatId }, orderBy: { id: 'desc' } });
  await db.prisma.chat.update({
    where: { id: chatId },
    data: { lastMessageId: last.id, title: options.title ?? 'A long chat' },
  });
  return { user, chatId, path: `/chats/${chatId}` };
}

/** What a reader saw of a thread while it opened: each painted frame, and when each page of messages had come. */
export interface Opening {
  readonly frames: readonly { readonly at: number; readonly gap: number }[];
  readonly dataAt: readonly number[];
}

/** Opens a chat and looks at every frame, from its first message on. */
export async function watchOpening(page: Page, url: string): Promise<Opening> {
  await page.addInitScript(() => {
    const seen: { at: number; gap: number }[] = [];
    Reflect.set(globalThis, 'opening', seen);
    const look = () => {
      const scroller = document.querySelector('[data-scroller]');
      if (scroller?.querySelector('[data-row]') !== null && scroller !== null) {
        // An observer that is new in a frame is heard last before its paint.
        const once = new ResizeObserver(() => {
          once.disconnect();
          seen.push({
            at: performance.now(),
            gap: scroller.scrollHeight - scroller.clientHeight - scroller.scrollTop,
          });
        });
        once.observe(scroller);
      }
      requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });
  await page.goto(url);
  await page.waitForFunction(() => Reflect.get(globalThis, 'opening').length > 20);
  return page.evaluate(() => {
    const lists = performance
      .getEntriesByType('resource')
      .filter((entry) => entry instanceof PerformanceResourceTiming)
      .filter(({ name }) => name.includes('message.list'));
    return {
      frames: Reflect.get(globalThis, 'opening'),
      dataAt: lists.map(({ responseEnd }) => responseEnd),
    };
  });
}
