import { type AiPatience, defaultPatience } from '@amanda/ai-client';
import { Agent, type Response } from 'undici';
import { askServer } from './ask-server.ts';
import type { ModelSource } from './stream-model.ts';

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

/** Where a model server is, and how it knows who asks. */
interface ModelServerPlace {
  /** With its version; its query stays. */
  baseUrl: string;
  /** Below `baseUrl`. */
  path: string;
  headers: Readonly<Record<string, string>>;
  /** Never to appear in an error. */
  secrets: readonly string[];
}

/** What is asked in the same way of every model server, and what its answers are read by. */
interface ModelServer extends Pick<ModelSource, 'modelName' | 'patience' | 'secrets' | 'thinkTags'> {
  /** Posts a body and waits for the headers of a success. @throws {ServerError} */
  post(body: object, signal: AbortSignal): Promise<Response>;
}

/** A model behind one address. */
export function modelServer(options: ModelServerOptions, place: ModelServerPlace): ModelServer {
  const { model, maxRetries = 2, thinkTags = true } = options;
  const patience = { ...defaultPatience, ...options.patience };
  // Without time limits of their own: how long a model may be silent is decided in one place.
  const dispatcher = new Agent({ headersTimeout: 0, bodyTimeout: 0 });
  const patienceMs = patience.firstPieceTimeoutMs;
  const { baseUrl, path, headers, secrets } = place;
  return {
    modelName: model,
    patience,
    secrets,
    thinkTags,
    post(body, signal) {
      const url = endpoint(baseUrl, path);
      return askServer({ url, headers, body, dispatcher, secrets, maxRetries, patienceMs }, signal);
    },
  };
}

/** An address below a base URL, whose query stays. */
function endpoint(baseUrl: string, path: string): URL {
  const url = new URL(baseUrl);
  url.pathname = `${url.pathname.replace(/\/+$/u, '')}/${path}`;
  return url;
}
