import { AmandaError } from '../errors/amanda-error.ts';

const shortest = 8;
const longest = 1024;

/** Decides which passwords may be chosen. */
export interface PasswordPolicy {
  /**
   * @param options.field the input's name, for the error
   * @param options.allowCommon for the legacy surface, whose contract knows no list
   * @throws INVALID_INPUT with reason `short`, `long` (code points) or `format` (lone surrogates); PASSWORD_TOO_COMMON
   */
  check(password: string, options?: { field?: string; allowCommon?: boolean }): Promise<void>;
}

/** Makes the policy. The list of common passwords is loaded when it is first needed and then kept. */
export function createPasswordPolicy(): PasswordPolicy {
  let common: Promise<ReadonlySet<string>> | undefined;
  return {
    async check(password, { field = 'password', allowCommon = false } = {}) {
      if (!password.isWellFormed()) throw refused(field, 'format');
      // Counting code points of a megabyte would be work for nothing: each has at most two units.
      if (password.length > 2 * longest) throw refused(field, 'long');
      const { length } = Array.from(password);
      if (length < shortest) throw refused(field, 'short');
      if (length > longest) throw refused(field, 'long');
      if (allowCommon) return;
      common ??= loadCommonPasswords();
      if ((await common).has(password.normalize('NFKC').toLowerCase())) {
        throw new AmandaError('PASSWORD_TOO_COMMON', { details: { field, reason: 'common' } });
      }
    },
  };
}

function refused(field: string, reason: string): AmandaError {
  return new AmandaError('INVALID_INPUT', { details: { field, reason } });
}

/** The list is in lower case. Entries below the shortest allowed length need no place in memory. */
async function loadCommonPasswords(): Promise<ReadonlySet<string>> {
  const { dictionary } = await import('@zxcvbn-ts/language-common');
  return new Set(dictionary['passwords-common'].filter((password) => password.length >= shortest));
}
