import { createSignal } from '../server/signal.ts';
import { storage } from '../server/storage.ts';

/** What a reader may choose. */
export type ThemeChoice = 'system' | 'light' | 'dark';

const key = 'amanda.theme';
const isChoice = (value: string | null): value is ThemeChoice =>
  value === 'system' || value === 'light' || value === 'dark';

const stored = storage.get(key);

/** The theme that was chosen on this device. */
export const themeChoice = createSignal<ThemeChoice>(isChoice(stored) ? stored : 'system');

const systemIsDark = matchMedia('(prefers-color-scheme: dark)');

function apply(): void {
  const choice = themeChoice.get();
  const isDark = choice === 'dark' || (choice === 'system' && systemIsDark.matches);
  document.documentElement.dataset['theme'] = isDark ? 'dark' : 'light';
}

/** Keeps the page in the chosen theme from now on; the first paint is `public/first.js`. */
export function followTheme(): void {
  themeChoice.subscribe(() => {
    storage.set(key, themeChoice.get());
    apply();
  });
  systemIsDark.addEventListener('change', apply);
  apply();
}

const readingKey = 'amanda.reading';

/** Whether the page follows a growing answer, or stays at its question. */
export type Reading = 'follow' | 'stay';

/** How this reader reads growing answers. */
export const reading = createSignal<Reading>(storage.get(readingKey) === 'stay' ? 'stay' : 'follow');
reading.subscribe(() => storage.set(readingKey, reading.get()));
