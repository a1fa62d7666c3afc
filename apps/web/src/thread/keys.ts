import type { KeyboardEvent } from 'react';
import { media } from '../theme/media.ts';

/** Whether the reader's first way to point is a finger: then Enter breaks the line. */
export const isTouch = (): boolean => media('(pointer: coarse)')?.matches === true;

/** Whether a key belongs to an input method that is putting characters together. */
export function isComposing(event: KeyboardEvent): boolean {
  // Safari ends a composition before the key that ended it; only this code still tells.
  // oxlint-disable-next-line typescript/no-deprecated
  return event.nativeEvent.isComposing || event.keyCode === 229;
}

/** Whether a key sends what is in the box. */
export function isSend(event: KeyboardEvent): boolean {
  if (event.key !== 'Enter' || isComposing(event)) return false;
  return event.ctrlKey || event.metaKey || (!event.shiftKey && !isTouch());
}
