const steps = [
  ['minute', 60_000],
  ['hour', 3_600_000],
  ['day', 86_400_000],
] as const;

/** A moment as people say it: “5 minutes ago”, then the date. */
export function said(date: Date, now = Date.now()): string {
  const ago = now - date.getTime();
  const step = steps.findLast(([, ms]) => Math.abs(ago) >= ms);
  if (step === undefined)
    return new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' }).format(0, 'minute');
  if (Math.abs(ago) > 14 * 86_400_000) return date.toLocaleDateString(undefined, { dateStyle: 'medium' });
  return new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' }).format(
    -Math.round(ago / step[1]),
    step[0],
  );
}

/** A browser's own words about itself, made short: “Chrome on Linux”. */
export function deviceName(userAgent: string): string {
  const browser = [
    ['Edg/', 'Edge'],
    ['OPR/', 'Opera'],
    ['Firefox/', 'Firefox'],
    ['Chrome/', 'Chrome'],
    ['Safari/', 'Safari'],
  ].find(([mark = '']) => userAgent.includes(mark))?.[1];
  const system = [
    ['Android', 'Android'],
    ['iPhone', 'iPhone'],
    ['iPad', 'iPad'],
    ['Windows', 'Windows'],
    ['Mac OS', 'macOS'],
    ['Linux', 'Linux'],
  ].find(([mark = '']) => userAgent.includes(mark))?.[1];
  if (browser === undefined) return userAgent.split(/[\s(]/, 1)[0] || '—';
  return system === undefined ? browser : `${browser} · ${system}`;
}
