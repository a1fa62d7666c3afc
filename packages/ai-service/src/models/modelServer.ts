import type { AiPatience } from '@amanda/ai-client';
import { Agent, type Dispatcher } from 'undici';

/** What all model servers have in common. */
export interface ModelServerOptions {
  model: string;
  /** How often a call that the server did not take on is made again, besides waiting for a loading model. Default 2. */
  maxRetries?: number;
  /** Default: {@link defaultPatience} of `@amanda/ai-client`. */
  patience?: Partial<AiPatience>;
  /** Whether `<think>` at the beginning of an answer is taken for thoughts, which are not shown. Default true. */
  thinkTags?: boolean;
}

/** Connections without time limits of their own: how long a model may be silent is decided in one place. */
export function modelConnections(): Dispatcher {
  return new Agent({ headersTimeout: 0, bodyTimeout: 0 });
}

/** An address below a base URL, whose query stays. */
export function endpoint(baseUrl: string, path: string): URL {
  const url = new URL(baseUrl);
  url.pathname = `${url.pathname.replace(/\/+$/u, '')}/${path}`;
  return url;
}
