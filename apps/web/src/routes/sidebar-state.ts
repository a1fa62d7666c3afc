import { createSignal } from '../server/signal.ts';
import { media } from '../theme/media.ts';

const wide = media('(min-width: 56rem)');

/** Whether the list of chats is there; on narrow screens it lies over the page. */
export const sidebar = createSignal({ isOpen: wide?.matches ?? true, isWide: wide?.matches ?? true });
wide?.addEventListener('change', ({ matches }) => sidebar.set({ isOpen: matches, isWide: matches }));
