/** As much of jsdom as is used; its own types would bring the browser's into files that run in Node. */
declare module 'jsdom' {
  export class JSDOM {
    constructor(html: string, options: { url: string; pretendToBeVisual: boolean });
    readonly window: { readonly document: object; readonly FormData: typeof FormData };
  }
}
