import { JSDOM } from 'jsdom';

/**
 * As much of a browser as React needs. Not vitest's jsdom environment: the server runs in the same process, and would
 * be given a browser's `URL` and `AbortSignal`.
 */
const { window } = new JSDOM('<!doctype html><body></body>', {
  url: 'http://localhost',
  pretendToBeVisual: true,
});
Object.assign(globalThis, { window, document: window.document });

const library = await import('@testing-library/react');
// For hangs alone: a busy machine is no failure.
library.configure({ asyncUtilTimeout: 120_000 });
export const { act, cleanup, render, renderHook, waitFor } = library;
