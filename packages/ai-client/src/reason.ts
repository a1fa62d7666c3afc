/** Longest reason that is passed on, in UTF-16 code units. */
const longestReason = 500;

/** A word that looks like a key and not like prose: long, or with a digit or a star in it. */
const keyLike = String.raw`(?=[^\s"'<>,;}&]*[\d*]|[^\s"'<>,;}&]{16})[^\s"'<>,;}&]{4,}`;

const secretForms: readonly (readonly [RegExp, string])[] = [
  [/\/\/[^/\s@]+@/gu, '//[key]@'],
  [/([?&;](?:[\w-]*key|[\w-]*token|auth|sig|signature|code|secret|password)=)[^&\s"'<>]+/giu, '$1[key]'],
  [new RegExp(String.raw`\b(Bearer|Basic)\s+${keyLike}`, 'giu'), '$1 [key]'],
  [
    new RegExp(
      String.raw`((?:api[-_ ]?key|authorization|password|secret|access[-_ ]?token)(?: provided)?["']?\s*[:=]\s*["']?)${keyLike}`,
      'giu',
    ),
    '$1[key]',
  ],
  [/\b(?:sk|pk|rk|gsk|hf|xai|pplx|nvapi|key)[-_][\w*.-]{4,}/gu, '[key]'],
  [/\b(?:AIza|eyJ)[\w.-]{16,}/gu, '[key]'],
];

/**
 * What another program said, fit for a log: one line, at most 500 UTF-16 code units, without keys. Servers like to quote
 * the key that they refuse.
 * @param secrets what must not appear in any case
 */
export function safeReason(text: string, secrets: readonly string[] = []): string {
  // Looked at in part only: what comes may be long, and nobody reads more.
  const start = text.slice(0, 8 * longestReason).toWellFormed();
  const named = secrets.reduce((rest, secret) => (secret ? rest.replaceAll(secret, '[key]') : rest), start);
  const clean = secretForms.reduce((rest, [form, instead]) => rest.replace(form, instead), named);
  const line = clean.replace(/[\s\p{Cc}]+/gu, ' ').trim();
  return line.length > longestReason ? `${line.slice(0, longestReason - 1).toWellFormed()}…` : line;
}
