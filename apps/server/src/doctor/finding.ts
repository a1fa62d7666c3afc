/** A thing that was looked at. `bad` is for what should not be so where people's accounts are. */
export interface Finding {
  readonly level: 'ok' | 'note' | 'bad';
  readonly text: string;
}

export const ok = (text: string): Finding => ({ level: 'ok', text });
export const note = (text: string): Finding => ({ level: 'note', text });
export const bad = (text: string): Finding => ({ level: 'bad', text });
