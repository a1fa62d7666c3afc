import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { routes } from '../src/rest/routes.ts';
import { eventNames } from '../src/sockets/events.ts';
import { fakeAmanda } from './fake-caller.ts';
import { restApp } from './servers.ts';

const operation = z.object({
  operationId: z.string(),
  summary: z.string(),
  tags: z.array(z.enum(['auth', 'user', 'chat', 'service'])).length(1),
  security: z.union([
    z.tuple([]),
    z.tuple([z.strictObject({ session: z.tuple([]) }), z.strictObject({ token: z.tuple([]) })]),
  ]),
  parameters: z.array(z.object({ name: z.string(), in: z.literal('path') })).optional(),
  requestBody: z.object({ required: z.boolean() }).optional(),
  responses: z.record(z.string(), z.object({ description: z.string(), content: z.object({}) })),
});
const document = z.object({
  openapi: z.literal('3.1.0'),
  info: z.object({
    title: z.string(),
    version: z.literal('1.2.3'),
    license: z.object({ name: z.literal('MIT') }),
  }),
  paths: z.record(z.string(), z.record(z.string(), operation)),
  components: z.object({
    securitySchemes: z.object({
      session: z.object({ type: z.literal('apiKey') }),
      token: z.object({ type: z.literal('http'), scheme: z.literal('bearer') }),
    }),
  }),
});

test('the document describes every route', async () => {
  await using app = await restApp(fakeAmanda().caller);
  const response = await app.inject({ url: '/api/openapi.json' });
  const { paths } = document.parse(response.json());
  const described = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect(described.toSorted()).toEqual(
    [
      ...['/', '/health', '/ready'].map((path) => `GET ${path}`),
      ...routes.map(({ method, path }) => `${method} ${path.replace(':id', '{chat_id}')}`),
    ].toSorted(),
  );
  for (const { method, path, needsSession } of routes) {
    const row = paths[path.replace(':id', '{chat_id}')]?.[method.toLowerCase()];
    expect([path, row?.security.length]).toEqual([path, needsSession ? 2 : 0]);
    expect([path, Object.hasOwn(row?.responses ?? {}, '401')]).toEqual([
      path,
      needsSession || path.endsWith('/login'),
    ]);
  }
  expect(Object.keys(paths['/api/auth/signup']?.['post']?.responses ?? {})).toEqual([
    '201',
    '400',
    '403',
    '409',
    '413',
    '415',
    '429',
    '500',
    '503',
  ]);
  expect(paths['/api/user/account']?.['delete']?.requestBody?.required).toBe(false);
  const ids = Object.values(paths).flatMap((methods) => Object.values(methods).map((row) => row.operationId));
  expect(new Set(ids).size).toBe(routes.length + 3);
});

test('the document names the events that are listened to and sent', async () => {
  await using app = await restApp(fakeAmanda().caller);
  const names = (side: unknown) => z.array(z.object({ name: z.string() })).parse(side);
  const events = (await app.inject({ url: '/api/openapi.json' })).json()['x-socket-io'];
  expect(names(events.client).map(({ name }) => name)).toEqual(eventNames);
  const conversation = readFileSync(join(import.meta.dirname, '../src/sockets/conversation.ts'), 'utf8');
  const sent = [...conversation.matchAll(/socket\.emit\('(\w+)'/g)].map(([, name]) => name);
  expect(new Set(names(events.server).map(({ name }) => name))).toEqual(new Set(sent));
});

test('the page loads nothing from elsewhere and needs no inline script or style', async () => {
  await using app = await restApp(fakeAmanda().caller);
  const page = await app.inject({ url: '/api/docs' });
  expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
  expect(page.headers['content-security-policy']).toContain(
    "default-src 'none'; script-src 'self'; style-src 'self'",
  );
  expect(page.body).not.toMatch(/<style|style=|\son\w+=|<script(?![^>]*\ssrc=)/);
  const loaded = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url]) => url ?? '');
  expect(loaded.length).toBeGreaterThan(2);
  for (const url of loaded) expect((await app.inject({ url })).statusCode).toBe(200);
});
