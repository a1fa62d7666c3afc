/** A media query; null where the page is only written, at its build. */
export const media = (query: string): MediaQueryList | null =>
  'matchMedia' in globalThis ? matchMedia(query) : null;
