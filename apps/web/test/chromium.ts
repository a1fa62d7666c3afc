import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

/** Where the systems' own packages put a browser of Chromium's family; the first that is there is taken. */
const browsers = [
  '/usr/bin/chromium',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];
const executablePath = browsers.find((file) => existsSync(file));

/** Whether a browser can run here, and what to do if not. */
export const missing: string | null =
  executablePath === undefined
    ? 'no Chromium or Chrome: install one (Debian: apt-get install chromium) to test the web app'
    : null;

/** Starts a browser. Its caller closes it. @throws when there is none, see {@link missing} */
export async function launchBrowser(): Promise<Browser> {
  if (executablePath === undefined) throw new Error(missing ?? '');
  return chromium.launch({
    executablePath,
    headless: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
