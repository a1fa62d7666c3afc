import type { TestUser } from '@amanda/testing';
import type { Browser, Page } from 'playwright-core';

/** What Lighthouse plays for a phone: https://github.com/GoogleChrome/lighthouse/blob/main/docs/throttling.md */
const slowPhone = { latencyMs: 150, bytesPerSecond: 1_638_400 / 8, cpuSlowdown: 4 };

/** How one cold load went; times in milliseconds since its start. */
export interface Load {
  readonly fcpMs: number;
  readonly lcpMs: number;
  /** What was painted largest: its tag and the start of its text. */
  readonly lcpOf: string;
  /** When everything that the scene waits for was there. */
  readonly readyMs: number;
  /** What long tasks took beyond 50 ms each. */
  readonly blockedMs: number;
  /** Cumulative layout shift. */
  readonly shift: number;
  readonly bytes: number;
}

/** What a page is opened with. */
export interface Opening {
  readonly user: TestUser | null;
  readonly path: string;
  /** Resolves when the page is as it will stay. */
  readonly isDone: (page: Page) => Promise<unknown>;
}

/** Opens a page cold on a slow phone, in a profile of its own, and measures. */
export async function measureLoad(browser: Browser, origin: string, opening: Opening): Promise<Load> {
  const context = await browser.newContext({ viewport: { width: 412, height: 823 } });
  try {
    const { user } = opening;
    if (user !== null) {
      const [name = '', ...value] = user.cookie.split('=');
      await context.addCookies([{ name, value: value.join('='), url: origin }]);
    }
    const page = await context.newPage();
    await page.addInitScript(watch);
    const session = await context.newCDPSession(page);
    await session.send('Network.enable');
    await session.send('Network.emulateNetworkConditions', {
      offline: false,
      latency: slowPhone.latencyMs,
      downloadThroughput: slowPhone.bytesPerSecond,
      uploadThroughput: slowPhone.bytesPerSecond,
    });
    await session.send('Emulation.setCPUThrottlingRate', { rate: slowPhone.cpuSlowdown });
    let bytes = 0;
    session.on('Network.loadingFinished', ({ encodedDataLength }) => {
      bytes += encodedDataLength;
    });
    await page.goto(origin + opening.path);
    await opening.isDone(page);
    const readyMs = await page.evaluate(() => performance.now());
    await page.waitForLoadState('networkidle');
    // One more second for what is painted late.
    await page.waitForTimeout(1_000);
    const seen = await page.evaluate(() => Reflect.get(globalThis, 'loadSeen'));
    return { ...seen, readyMs: Math.round(readyMs), bytes };
  } finally {
    await context.close();
  }
}

/** Runs in the page, before anything of it. */
function watch(): void {
  const seen = { fcpMs: 0, lcpMs: 0, lcpOf: '', blockedMs: 0, shift: 0 };
  Reflect.set(globalThis, 'loadSeen', seen);
  const observe = (type: string, take: (entry: PerformanceEntry) => void) =>
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) take(entry);
    }).observe({ type, buffered: true });
  observe('paint', ({ name, startTime }) => {
    if (name === 'first-contentful-paint') seen.fcpMs = Math.round(startTime);
  });
  observe('largest-contentful-paint', (entry) => {
    seen.lcpMs = Math.round(entry.startTime);
    const element: unknown = Reflect.get(entry, 'element');
    seen.lcpOf =
      element instanceof Element ? `${element.tagName} ${element.textContent.slice(0, 40)}` : 'gone';
  });
  observe('longtask', ({ duration }) => {
    seen.blockedMs += Math.max(0, Math.round(duration) - 50);
  });
  observe('layout-shift', (entry) => {
    if (Reflect.get(entry, 'hadRecentInput') !== true) seen.shift += Number(Reflect.get(entry, 'value'));
  });
}
