const shortest = 32;
const fewestDifferentCharacters = 10;

/** Words of example configurations; a secret that is made of them is no secret. */
const exampleWords =
  /change[-_ ]?(me|this|it)|your[-_ ]?(secret|key)|secret[-_ ]?key|dev(elopment)?[-_ ]?(secret|key|only)|example|placeholder|in[-_ ]production|replace[-_ ]?(me|this|with)|insecure|super[-_ ]?secret|test[-_ ]?(secret|key)/iu;

/**
 * Why a SECRET_KEY should not guard real users, or null. It still works: keys are derived from it, but whoever
 * guesses it can seal cookies.
 */
export function weakSecretReason(secret: string): 'short' | 'example' | 'repetitive' | null {
  if (exampleWords.test(secret)) return 'example';
  if (secret.length < shortest) return 'short';
  if (new Set(secret).size < fewestDifferentCharacters) return 'repetitive';
  return null;
}

/** Whether `doctor` must fail and the start must warn about this secret. */
export function isWeakSecret(secret: string): boolean {
  return weakSecretReason(secret) !== null;
}
