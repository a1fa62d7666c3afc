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

const isOrigin = (text: string) => URL.canParse(text) && new URL(text).origin === text;

/** Exact origins, separated by commas. */
export const origins = z
  .string()
  .transform((text) => list(text).map((origin) => origin.replace(/\/$/, '')))
  .refine(
    (all) => all.every(isOrigin),
    'must list exact origins such as https://app.example.org, separated by commas; * would let every page act for your users',
  );

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
