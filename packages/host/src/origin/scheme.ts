import type { IncomingMessage } from 'node:http';

import proxyAddr from '@fastify/proxy-addr';

/** The scheme of an address of ours. */
export type Scheme = 'http' | 'https';

/** Some proxies name the scheme of an upgrade after the WebSocket. */
const secure: readonly string[] = ['https', 'wss'];

/**
 * Makes what tells the scheme that a client used, for requests and upgrades alike: ours, unless proxies that are
 * trusted stand before us. Each may add what it saw to `X-Forwarded-Proto`, as it does to `X-Forwarded-For`: as many
 * entries count, from the right, as there are trusted proxies, and the leftmost of these is it. What stands before
 * them was sent by whom nobody trusts.
 */
export function createSchemeReader(
  trusts: (address: string, hop: number) => boolean,
): (request: IncomingMessage) => Scheme {
  return (request) => {
    const said = request.headers['x-forwarded-proto'];
    if (typeof said !== 'string') return 'http';
    const [nearest = '', ...further] = proxyAddr.all(request);
    if (!trusts(nearest, 0)) return 'http';
    const untrusted = further.findIndex((address, index) => !trusts(address, index + 1));
    const proxies = 1 + (untrusted < 0 ? further.length : untrusted);
    const schemes = said.split(',').map((scheme) => scheme.trim().toLowerCase());
    return secure.includes(schemes.at(-Math.min(proxies, schemes.length)) ?? '') ? 'https' : 'http';
  };
}
