import { WebSocket } from 'ws';

/**
 * A WebSocket that two may stop from being read: its owner, with `pause`, while what it brought is being worked on, and
 * the server, with `hold`, while there is no room for what it goes on to bring. It is read when neither does.
 */
export class HeldSocket extends WebSocket {
  #isHeld = false;
  #isPausedByOwner = false;

  /** Whether its owner does not want to hear of it now, however much the peer sends. */
  get isPausedByOwner(): boolean {
    return this.#isPausedByOwner;
  }

  override pause(): void {
    this.#isPausedByOwner = true;
    super.pause();
  }

  override resume(): void {
    this.#isPausedByOwner = false;
    if (!this.#isHeld) super.resume();
  }

  hold(): void {
    this.#isHeld = true;
    super.pause();
  }

  release(): void {
    this.#isHeld = false;
    if (!this.#isPausedByOwner) super.resume();
  }
}
