/** The longest title made from a message, in code points, before the `...`. */
const length = 40;

/** The title that a chat gets from its first message. */
export function titleOf(text: string): string {
  const start = Array.from(text.slice(0, 2 * length + 1));
  return start.length > length ? `${start.slice(0, length).join('')}...` : text;
}
