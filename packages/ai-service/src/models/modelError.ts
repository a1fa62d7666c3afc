import { APICallError, InvalidResponseDataError, RetryError } from 'ai';
import { ServerError, Status } from 'nice-grpc';

/** Longest explanation passed on, in UTF-16 code units. */
const longestReason = 300;

function statusOf(httpStatus: number): Status {
  switch (httpStatus) {
    case 401:
      return Status.UNAUTHENTICATED;
    case 403:
      return Status.PERMISSION_DENIED;
    // A base URL or a model that does not exist.
    case 404:
      return Status.FAILED_PRECONDITION;
    case 408:
    case 504:
      return Status.DEADLINE_EXCEEDED;
    case 402:
    case 429:
      return Status.RESOURCE_EXHAUSTED;
    case 502:
    case 503:
    case 529:
      return Status.UNAVAILABLE;
    default:
      return httpStatus >= 400 && httpStatus < 500 ? Status.INVALID_ARGUMENT : Status.INTERNAL;
  }
}

/** Model servers like to quote the key they refuse, in full or in part. */
function withoutSecrets(text: string, secrets: readonly string[]): string {
  const clean = secrets.reduce((rest, secret) => (secret ? rest.replaceAll(secret, '[key]') : rest), text);
  return clean
    .replace(/\b(?:sk|key|pk)-[\w*.-]{4,}/gu, '[key]')
    .slice(0, longestReason)
    .toWellFormed();
}

function ofHttp(error: APICallError, httpStatus: number, secrets: readonly string[]): ServerError {
  const code = statusOf(httpStatus);
  const retryAfter = error.responseHeaders?.['retry-after'];
  const reason = withoutSecrets(error.message, secrets);
  const parts = [`The model server answered ${httpStatus}`];
  if (code !== Status.UNAUTHENTICATED && code !== Status.PERMISSION_DENIED && reason) parts.push(reason);
  if (retryAfter && /^[\w :,+-]{1,40}$/u.test(retryAfter)) parts.push(`retry after ${retryAfter}`);
  return new ServerError(code, parts.join('; '));
}

/** Errors inside an Anthropic stream come as `{ type, message }` with no HTTP status; these are theirs. */
const httpStatusOfType: Readonly<Record<string, number>> = {
  invalid_request_error: 400,
  authentication_error: 401,
  permission_error: 403,
  not_found_error: 404,
  rate_limit_error: 429,
  api_error: 500,
  timeout_error: 504,
  overloaded_error: 529,
};

function typeOf(thrown: unknown): string | undefined {
  if (typeof thrown !== 'object' || thrown === null || !('type' in thrown)) return undefined;
  return typeof thrown.type === 'string' ? thrown.type : undefined;
}

/**
 * The gRPC error for whatever the `ai` SDK threw or put into its stream. Its details say what an operator needs and
 * hold none of `secrets`.
 */
export function modelError(thrown: unknown, secrets: readonly string[]): ServerError {
  if (RetryError.isInstance(thrown)) return modelError(thrown.lastError, secrets);
  if (APICallError.isInstance(thrown)) {
    // A 2xx here is an answer that is not what the protocol says, or one that broke off.
    if (thrown.statusCode !== undefined && thrown.statusCode >= 400) {
      return ofHttp(thrown, thrown.statusCode, secrets);
    }
    return new ServerError(Status.UNAVAILABLE, 'The model server could not be reached');
  }
  if (InvalidResponseDataError.isInstance(thrown)) {
    return new ServerError(Status.UNAVAILABLE, 'The model server ended the answer early');
  }
  const httpStatus = httpStatusOfType[typeOf(thrown) ?? ''];
  if (httpStatus !== undefined) {
    return new ServerError(statusOf(httpStatus), `The model server broke off: ${typeOf(thrown)}`);
  }
  if (thrown instanceof Error && (thrown.name === 'TypeError' || thrown.cause !== undefined)) {
    return new ServerError(Status.UNAVAILABLE, 'The connection to the model server was lost');
  }
  return new ServerError(Status.INTERNAL, 'The model server sent something unexpected');
}
