import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** Accounts that one mark stands for; the oldest gives way. */
const mostAccounts = 5;
const form = /^[\w-]{22}(?:\.[\w-]{22}){1,5}$/u;

/**
 * Marks by which a device is known that was logged in before: a random id, and for each account that was opened on it a
 * signature over id and account. A mark opens nothing. It only lets its device try a password, or ask for a mail, while
 * strangers have used up what an account allows them; so it outlives logouts and changes of the password.
 */
export interface Devices {
  /** The id of the device that a mark names, if this account was opened on it; null for anything else. */
  idOf(mark: string | undefined, account: string): string | null;
  /** A mark for a device on which an account was just opened. @param mark what it had before, whatever that is */
  markFor(mark: string | undefined, account: string): string;
}

/** Makes the marks. @param key 32 secret bytes; with another key all devices are strangers again */
export function createDevices(key: Buffer): Devices {
  const sign = (id: string, account: string): string =>
    createHmac('sha256', key).update(`${id}\n${account}`).digest().subarray(0, 16).toString('base64url');
  const partsOf = (mark: string | undefined): readonly string[] =>
    mark !== undefined && form.test(mark) ? mark.split('.') : [];

  return {
    idOf(mark, account) {
      const [id, ...signatures] = partsOf(mark);
      if (id === undefined) return null;
      const expected = Buffer.from(sign(id, account));
      return signatures.some((one) => timingSafeEqual(Buffer.from(one), expected)) ? id : null;
    },
    markFor(mark, account) {
      const [id = randomBytes(16).toString('base64url'), ...signatures] = partsOf(mark);
      const own = sign(id, account);
      return [id, own, ...signatures.filter((one) => one !== own)].slice(0, 1 + mostAccounts).join('.');
    },
  };
}
