import { z } from 'zod';

/** A number from a variable's text. */
export const whole = (from: number, to: number) =>
  z
    .string()
    .regex(/^\d{1,15}$/, `must be a whole number from ${from} to ${to}`)
    .transform(Number)
    .refine((value) => value >= from && value <= to, `must be a whole number from ${from} to ${to}`);

/** A TCP port; 0 takes any free one. */
export const port = whole(0, 65_535);

/** `on` or `off`, in the words that people write. */
export const onOff = z
  .string()
  .toLowerCase()
  .refine((word) => ['on', 'off', 'true', 'false', '1', '0', 'yes', 'no'].includes(word), 'must be on or off')
  .transform((word) => ['on', 'true', '1', 'yes'].includes(word));

/** Exact origins, separated by commas. A wrong one stops the start: it would match nothing, or everybody. */
export const origins = z.string().transform((text, context) => {
  const all = list(text).map(originIn);
  const known = all.filter((origin) => origin !== null);
  if (known.length === all.length) return known;
  context.addIssue(
    'must list exact origins such as https://app.example.org or capacitor://localhost, separated by commas; * would let every page act for your users, and null or file:// every document',
  );
  return z.NEVER;
});

/** Schemes that are no page's, or that every page of the kind shares. */
const schemesOfNobody: readonly string[] = [
  'ws',
  'wss',
  'ftp',
  'file',
  'blob',
  'data',
  'about',
  'javascript',
];

/**
 * An origin as browsers write it in `Origin`: of a page on the web, or of an app that serves its pages to itself under
 * a scheme of its own (`tauri://localhost`, `chrome-extension://` and an id). Null for what is none.
 */
function originIn(text: string): string | null {
  const [, scheme = '', host = ''] = /^([a-z][a-z0-9+.-]*):\/\/([^/?#@\s\\]+)\/?$/i.exec(text) ?? [];
  if (host === '' || schemesOfNobody.includes(scheme.toLowerCase())) return null;
  // The web's schemes are brought into the form that browsers use; of others a browser changes nothing but the case.
  const isWeb = /^https?$/i.test(scheme);
  if (isWeb && !URL.canParse(text)) return null;
  const origin = isWeb ? new URL(text).origin : `${scheme.toLowerCase()}://${host}`;
  return /^[^:]+:\/\/([\w.-]+|\[[0-9a-f:.]+\])(:\d{1,5})?$/i.test(origin) ? origin : null;
}

/** The address under which browsers reach the server. */
export const publicUrl = z
  .string()
  .refine(
    (text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol),
    'must be an address such as https://chat.example.org',
  )
  .transform((text) => new URL(text))
  .refine((url) => url.pathname === '/' && url.search === '', 'must have no path: Amanda lives at the root');

/** Addresses and ranges (`10.0.0.0/8`), separated by commas. */
export const addresses = z
  .string()
  .transform(list)
  .refine(
    (all) => all.every((one) => /^[0-9a-f.:]+(\/\d{1,3})?$|^(loopback|linklocal|uniquelocal)$/i.test(one)),
    'must list addresses or ranges such as 10.0.0.0/8, separated by commas',
  );

/** The parts of a list separated by commas. */
export function list(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
