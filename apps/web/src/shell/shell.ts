/** What the page shows before its script has come. */
export interface Shell {
  /** Who gets it: one who brings a session's cookie, or one who does not. */
  readonly reader: 'member' | 'stranger';
  /** The first parts of the paths at which it is shown; empty for `/`. */
  readonly places: readonly string[];
  readonly html: string;
}
