/** A user of a test, logged in. */
export interface TestUser {
  readonly id: number;
  readonly email: string;
  readonly password: string;
  /** The session's cookie, `name=value`. */
  readonly cookie: string;
}

/** The session cookie that an answer sets, as a `Cookie` header has it. @throws when there is none */
export function cookieOf(response: Response): string {
  const [cookie] = response.headers.getSetCookie().map((header) => header.split(';', 1)[0] ?? '');
  if (cookie === undefined) throw new Error(`no cookie in an answer with status ${response.status}`);
  return cookie;
}

/** Signs somebody up over the legacy surface, as its clients do. */
export async function signUp(
  url: string,
  email: string,
  password = 'correct horse battery',
): Promise<TestUser> {
  const response = await fetch(`${url}/api/auth/signup`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email, password }),
  });
  const body: unknown = await response.json();
  if (response.status !== 201 || typeof body !== 'object' || body === null || !('user_id' in body)) {
    throw new Error(`sign-up answered ${response.status}: ${JSON.stringify(body)}`);
  }
  return { id: Number(body.user_id), email, password, cookie: cookieOf(response) };
}
