import { readFileSync, statSync } from 'node:fs';

type Environment = Readonly<Record<string, string | undefined>>;

/** Longest secret, in bytes. */
const longest = 65_536;

/** A variable that names a file cannot be used; the message is one line that names it and holds none of its value. */
export class SecretFileError extends Error {
  override readonly name = 'SecretFileError';
}

/**
 * Fills in secrets that stand in files, as container platforms hand them over: where `NAME_FILE` is set, `NAME` is what
 * that file holds, without the line ends at its end. An empty variable is the same as none.
 * @param names the secrets that may stand in files
 * @throws {SecretFileError} when a file cannot be read or is empty, and when a secret is given both ways
 */
export function withSecretFiles(environment: Environment, names: readonly string[]): Environment {
  const filled: Record<string, string | undefined> = { ...environment };
  for (const name of names) {
    const file = environment[`${name}_FILE`];
    if (file === undefined || file === '') continue;
    if (environment[name] !== undefined && environment[name] !== '') {
      throw new SecretFileError(`${name} and ${name}_FILE are both set; keep one of them.`);
    }
    filled[name] = read(`${name}_FILE`, file);
  }
  return filled;
}

function read(variable: string, file: string): string {
  const stats = statSync(file, { throwIfNoEntry: false });
  if (stats?.isFile() !== true) throw new SecretFileError(`${variable} does not name a file.`);
  if (stats.size > longest)
    throw new SecretFileError(`${variable} names a file that is too large for a secret.`);
  let text: string;
  try {
    text = readFileSync(file, 'utf8').replace(/[\r\n]+$/, '');
  } catch (error) {
    throw new SecretFileError(`${variable} names a file that cannot be read.`, { cause: error });
  }
  if (text === '') throw new SecretFileError(`${variable} names an empty file.`);
  return text;
}
