import { JSDOM } from 'jsdom';

/** As much of a browser as React needs, beside a server in the same process. */
const { window } = new JSDOM('<!doctype html><body></body>', {
  url: 'http://localhost',
  pretendToBeVisual: true,
});
Object.assign(globalThis, { window, document: window.document, FormData: window.FormData });

const library = await import('@testing-library/react');
// For hangs alone: a busy machine is no failure.
library.configure({ asyncUtilTimeout: 120_000 });
export const { act, cleanup, fireEvent, render, screen, waitFor } = library;
