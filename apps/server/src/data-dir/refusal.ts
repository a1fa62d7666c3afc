/** The server cannot start, and the operator can do something about it. The message is one line. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
}
