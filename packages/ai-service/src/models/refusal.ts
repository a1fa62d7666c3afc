import { safeReason } from '@amanda/ai-client';
import { ServerError, Status } from 'nice-grpc';
import { isObject, parseJson, textOf } from './json.ts';

/** gRPC's status for an HTTP status that is not a success. */
export function statusOf(httpStatus: number): Status {
  switch (httpStatus) {
    case 401:
      return Status.UNAUTHENTICATED;
    case 403:
      return Status.PERMISSION_DENIED;
    // A base URL or a model that does not exist.
    case 404:
    case 405:
      return Status.FAILED_PRECONDITION;
    case 408:
    case 504:
      return Status.DEADLINE_EXCEEDED;
    case 402:
    case 429:
      return Status.RESOURCE_EXHAUSTED;
    case 425:
    case 502:
    case 503:
    case 529:
      return Status.UNAVAILABLE;
    default:
      if (httpStatus < 400) return Status.FAILED_PRECONDITION;
      return httpStatus < 500 ? Status.INVALID_ARGUMENT : Status.INTERNAL;
  }
}

/** How deep the reason is looked for. */
const deepest = 4;

/** Where servers put what they have to say, the most telling first. */
const tellingFields = ['error', 'message', 'detail', 'errors', 'msg', 'error_description', 'reason', 'title'];

function reasonIn(value: unknown, depth = 0): string | undefined {
  if (depth > deepest) return undefined;
  if (typeof value === 'string') return textOf(value.trim());
  if (Array.isArray(value)) {
    const reasons = value.slice(0, 3).flatMap((one: unknown) => reasonIn(one, depth + 1) ?? []);
    return textOf(reasons.join('; '));
  }
  if (!isObject(value)) return undefined;
  for (const name of tellingFields) {
    const reason = reasonIn(value[name], depth + 1);
    if (reason === undefined) continue;
    // FastAPI says which field it means beside what is wrong with it.
    return Array.isArray(value['loc']) ? `${value['loc'].join('.')}: ${reason}` : reason;
  }
  return undefined;
}

/** What a page for people says, without its markup. */
function textOfHtml(html: string): string {
  const title = /<title[^>]*>([^<]*)/iu.exec(html)?.[1]?.trim();
  const body = html.replace(/<(script|style|head)\b[\s\S]*?<\/\1\s*>|<[^>]*>/giu, ' ').trim();
  return [title, body].filter(Boolean).join(': ');
}

/** What a body says, in whichever envelope: JSON of any known form, a page, plain text. May be empty. */
export function reasonOfBody(body: string): string {
  const value = parseJson(body);
  if (value !== undefined) return reasonIn(value) ?? (isObject(value) ? body : '');
  return /^\s*</u.test(body) ? textOfHtml(body) : body;
}

/** HTTP statuses of the types of errors that come inside a stream, where there is no status line. */
const httpStatusOfType: Readonly<Record<string, number>> = {
  invalid_request_error: 400,
  authentication_error: 401,
  permission_error: 403,
  not_found_error: 404,
  rate_limit_error: 429,
  rate_limit_exceeded: 429,
  insufficient_quota: 429,
  api_error: 500,
  timeout_error: 504,
  overloaded_error: 529,
};

function httpStatusIn(error: unknown): number {
  if (!isObject(error)) return 500;
  for (const field of ['code', 'status', 'status_code', 'type']) {
    const value = error[field];
    const status = typeof value === 'string' ? (httpStatusOfType[value] ?? Number(value)) : value;
    if (typeof status === 'number' && status >= 400 && status < 600) return status;
  }
  return 500;
}

/** Whether an `error` field says anything: servers send it as null, false, "" or {} where all is well. */
export function isError(error: unknown): boolean {
  if (Array.isArray(error)) return error.some(isError);
  if (isObject(error))
    return Object.values(error).some((value) => isError(value) || typeof value === 'number');
  return error === true || (typeof error === 'string' && error.trim() !== '');
}

/** The gRPC error for an error that came inside a stream, or in a body with status 200. */
export function errorInStream(error: unknown, secrets: readonly string[]): ServerError {
  const reason = safeReason(reasonIn(error) ?? JSON.stringify(error), secrets);
  return new ServerError(statusOf(httpStatusIn(error)), `The model server broke off: ${reason}`);
}

/** The gRPC error for an answer with an HTTP status that is no success. */
export function errorOfStatus(options: {
  httpStatus: number;
  /** Without query and credentials. */
  address: string;
  body: string;
  retryAfter: string | null;
  secrets: readonly string[];
}): ServerError {
  const { httpStatus, address, body, retryAfter, secrets } = options;
  const parts = [`The model server answered ${httpStatus} for ${address}`];
  const reason = safeReason(reasonOfBody(body), secrets);
  if (reason) parts.push(reason);
  if (httpStatus === 404 && !/\/v\d/u.test(address)) parts.push('does its base URL lack /v1?');
  if (httpStatus >= 300 && httpStatus < 400)
    parts.push('redirects are not followed: set the base URL it leads to');
  if (retryAfter && /^[\w :,+.-]{1,40}$/u.test(retryAfter)) parts.push(`retry after ${retryAfter}`);
  return new ServerError(statusOf(httpStatus), parts.join('; '));
}
