import { createSignal } from '../server/signal.ts';
import { storage } from '../server/storage.ts';

const key = 'amanda.notices';

/** Whether this reader wants to be told of answers that are done while nobody looks. */
export type Notices = 'title' | 'notification';

/** What was chosen on this device. */
export const notices = createSignal<Notices>(storage.get(key) === 'notification' ? 'notification' : 'title');
notices.subscribe(() => storage.set(key, notices.get()));

/** What the browser says about notifications of this page; null where it knows none. */
export function permission(): NotificationPermission | null {
  return 'Notification' in globalThis ? Notification.permission : null;
}

/** Chooses. Notifications are asked for here only, by a click. @returns whether the browser lets them through */
export async function chooseNotices(choice: Notices): Promise<boolean> {
  const allowed = choice === 'title' || (await Notification.requestPermission()) === 'granted';
  notices.set(allowed ? choice : 'title');
  return allowed;
}

const shown = new Set<Notification>();

/** Shows a notification, where it is wanted and allowed. The same tag again takes the place of the last one. */
export function notify(notice: { title: string; body: string; tag: string; onOpen: () => void }): void {
  if (notices.get() !== 'notification' || permission() !== 'granted') return;
  const { body, onOpen, tag, title } = notice;
  let notification: Notification;
  try {
    notification = new Notification(title, { body, tag, icon: '/favicon.svg' });
  } catch {
    // Android has them for service workers only.
    return;
  }
  shown.add(notification);
  notification.addEventListener('click', () => {
    focus();
    onOpen();
    notification.close();
  });
  notification.addEventListener('close', () => shown.delete(notification));
}

/** Takes away what is still shown: the reader is here. */
export function clearNotices(): void {
  for (const notification of shown) notification.close();
  shown.clear();
}
