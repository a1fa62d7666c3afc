import { startTestServer, type TestServer, type TestUser } from '@amanda/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';

import { type Answer, type HttpClient, httpClient, inTurns, type Question } from './http-client.ts';
import { deep, wrongValues } from './wrong-input.ts';

const operation = z.object({
  operationId: z.string(),
  requestBody: z
    .object({
      content: z.object({
        'application/json': z.object({
          schema: z.object({ properties: z.record(z.string(), z.looseObject({})) }),
        }),
      }),
    })
    .optional(),
});
const description = z.object({ paths: z.record(z.string(), z.record(z.string(), operation)) });

/** One call that the document describes. */
interface Call {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly fields: ReadonlyMap<string, z.ZodType> | null;
}

/** Every call of the legacy surface, as the server itself describes it. */
const calls = await readCalls();

async function readCalls(): Promise<readonly Call[]> {
  await using described = await startTestServer();
  const response = await fetch(`${described.url}/api/openapi.json`);
  const { paths } = description.parse(await response.json());
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId, requestBody }]) => {
      const properties = requestBody?.content['application/json'].schema.properties;
      const fields = Object.entries(properties ?? {}).map(
        ([field, schema]) => [field, z.fromJSONSchema(schema)] as const,
      );
      return {
        name: operationId,
        method: method.toUpperCase(),
        path,
        fields: properties === undefined ? null : new Map(fields),
      };
    }),
  );
}

let server: TestServer;
let http: HttpClient;
let user: TestUser;
let chatId: number;
beforeAll(async () => {
  server = await startTestServer();
  http = httpClient(server.port);
  user = await server.signUp();
  const created = await http.ask('/api/chat/create', { method: 'POST', headers: { cookie: user.cookie } });
  chatId = z.object({ chat_id: z.int() }).parse(created.json()).chat_id;
});
afterAll(async () => {
  http[Symbol.dispose]();
  await server.close();
});

/** They begin or end a session, or end the chat that the others need. */
const endings = ['signUp', 'logIn', 'logOut', 'deleteAccount', 'deleteChat'];

const refusal = z.object({ success: z.literal(false), message: z.string().min(1) });

/** What is wrong with an answer; null when it is as documented. */
function faultOf(answer: Answer, mustRefuse: boolean): string | null {
  const type = String(answer.headers['content-type']);
  if (answer.status >= 500 || !type.startsWith('application/json')) return `${answer.status} ${type}`;
  if (answer.status < 400) return mustRefuse ? `${answer.status} is no refusal` : null;
  return refusal.safeParse(answer.json()).success ? null : answer.text;
}

/** A body, and whether it has to be refused. */
interface Attempt {
  readonly name: string;
  readonly body: string;
  readonly isWrong: boolean;
  readonly type?: string;
}

const right: Readonly<Record<string, string>> = {
  email: 'somebody@example.org',
  password: 'correct horse battery',
};

const wholes: Readonly<Record<string, string>> = {
  'half an object': '{"email":',
  'a list': '[]',
  'a number': '7',
  'a text': '"text"',
  null: 'null',
  depth: deep,
  'nothing but a byte order mark': '\ufeff',
  'two objects': '{}{}',
  HTML: '<html></html>',
  NUL: '\0',
};

function attemptsOn({ name, fields }: Call): readonly Attempt[] {
  if (fields === null) return [];
  const sample = Object.fromEntries([...fields.keys()].map((field) => [field, right[field] ?? 'text']));
  const whole = JSON.stringify(sample);
  const one = [...fields].flatMap(([field, schema]) =>
    Object.entries(wrongValues).map(([value, json]) => {
      const rest = Object.entries(sample).filter(([other]) => other !== field);
      const members = [
        ...rest.map(([other, text]) => `"${other}":${JSON.stringify(text)}`),
        `"${field}":${json}`,
      ];
      const isWrong = !schema.safeParse(JSON.parse(json)).success;
      return { name: `${value} as ${field}`, body: `{${members.join(',')}}`, isWrong };
    }),
  );
  const all = [
    ...Object.entries(wholes).map(([what, body]) => ({ name: `${what} as its body`, body, isWrong: true })),
    ...['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'x'].map(
      (type) => ({ name: `a body of ${type}`, body: whole, isWrong: true, type }),
    ),
    { name: 'a body that is too large', body: `{"x":"${'x'.repeat(1_048_576)}"}`, isWrong: true },
    { name: 'a prototype', body: '{"__proto__":{"email":"a@example.org"}}', isWrong: false },
    ...one,
  ];
  return all.filter(({ isWrong }) => isWrong || !endings.includes(name));
}

const pathOf = (path: string, id: string) => path.replace('{chat_id}', id);

async function faultsOf(
  questions: readonly (Attempt & { path: string; method: string })[],
): Promise<string[]> {
  const faults: string[] = [];
  await inTurns(questions, async ({ name, path, method, body, isWrong, type }) => {
    const question: Question = {
      method,
      headers: { cookie: user.cookie, 'content-type': type ?? 'application/json' },
      body: method === 'GET' ? undefined : body,
    };
    const fault = faultOf(await http.ask(path, question), isWrong);
    if (fault !== null) faults.push(`${name}: ${fault}`);
  });
  return faults;
}

const isHealthy = async () => (await http.ask('/health')).status === 200;

it('the document describes the whole surface', () => {
  expect(calls.length).toBeGreaterThanOrEqual(17);
});

describe.each(calls.filter(({ fields }) => fields !== null))('$method $path', (call) => {
  it('refuses each kind of wrong body in the documented shape', async () => {
    const { method } = call;
    const path = pathOf(call.path, String(chatId));
    const attempts = attemptsOn(call).map((attempt) => ({ ...attempt, path, method }));
    expect(attempts.filter(({ isWrong }) => isWrong).length).toBeGreaterThan(15);
    expect(await faultsOf(attempts)).toEqual([]);
    expect(await isHealthy()).toBe(true);
  });
});

const wrongIds = [
  '0',
  '-1',
  '+1',
  '01',
  '1.0',
  '1e3',
  '0x1',
  'NaN',
  'Infinity',
  'null',
  '__proto__',
  'constructor',
  '2147483648',
  '9007199254740991',
  '9007199254740993',
  '9'.repeat(200),
  '9'.repeat(2_000),
  '%31%00',
  '%00',
  '%ff',
  '%',
  '%2e%2e%2f1',
  '..%2f..%2fauth',
  '1%20OR%201=1',
  "1'--",
  '%D9%A1',
  '1;2',
  '1,2',
  '[1]',
  '{chat_id}',
  '%F0%9F%92%A9',
];

describe.each(calls.filter(({ path }) => path.includes('{chat_id}')))('$method $path', (call) => {
  it('refuses each kind of wrong id in the documented shape', async () => {
    const questions = wrongIds.map((id) => ({
      name: id,
      path: pathOf(call.path, id),
      method: call.method,
      body: '{"title":"text"}',
      isWrong: true,
    }));
    expect(await faultsOf(questions)).toEqual([]);
    expect(await isHealthy()).toBe(true);
  });
});

describe.each(calls)('$method $path', (call) => {
  it('refuses methods that it has not, and survives a body and parameters that it does not want', async () => {
    const path = pathOf(call.path, String(chatId));
    const known = calls.filter((other) => other.path === call.path).map(({ method }) => method);
    const others = ['POST', 'PUT', 'PATCH', 'DELETE'].filter((method) => !known.includes(method));
    const refused = others.map((method) => ({ name: method, path, method, body: '{}', isWrong: true }));
    const odd = ['__proto__[x]=1', 'limit=-1&limit=[]', '%ff=%00', `q=${'x'.repeat(8_000)}`].map((query) => ({
      name: query,
      path: `${path}?${query}`,
      method: call.method,
      body: '[',
      isWrong: call.fields !== null,
    }));
    expect(await faultsOf([...refused, ...(endings.includes(call.name) ? [] : odd)])).toEqual([]);
    expect(await isHealthy()).toBe(true);
  });
});
