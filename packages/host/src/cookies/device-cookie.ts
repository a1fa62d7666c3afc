import { cookieValues } from './session-cookie.ts';

/** Browsers keep no cookie longer: 400 days, in seconds. */
const MAX_AGE = 34_560_000;

/** The cookie that carries the mark of a device that was logged in before. It opens nothing and outlives logouts. */
export interface DeviceCookie {
  /** The mark in a `Cookie` header, unchecked. */
  read(header: string | undefined): string | undefined;
  /** The value of a `Set-Cookie` header. */
  write(mark: string): string;
}

/** @param options.secure whether browsers reach us over HTTPS: then the cookie is `Secure` and its name starts with `__Host-` */
export function createDeviceCookie({ secure }: { secure: boolean }): DeviceCookie {
  const name = secure ? '__Host-amanda_device' : 'amanda_device';
  const attributes = `Path=/; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`;
  return {
    read: (header) => cookieValues(header, name)[0],
    write: (mark) => `${name}=${mark}; Max-Age=${MAX_AGE}; ${attributes}`,
  };
}
