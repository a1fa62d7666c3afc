import { writeFileSync } from 'node:fs';
import path from 'node:path';

import { temporaryFolder } from '@amanda/testing';
import { describe, expect, it } from 'vitest';

import { ConfigError, parseConfig } from './config.ts';

/** The lines that a wrong environment is refused with. */
function complaints(environment: Record<string, string>): readonly string[] {
  try {
    parseConfig(environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.lines;
    throw error;
  }
  return [];
}

describe('the configuration', () => {
  it('needs nothing', () => {
    expect(parseConfig({})).toMatchObject({
      host: '127.0.0.1',
      port: 5000,
      dataDir: path.resolve('data'),
      databaseUrl: `file:${path.resolve('data/amanda.db')}`,
      secrets: [],
      aiBackend: null,
      provider: { provider: 'offline' },
      corsOrigins: [],
      publicUrl: null,
      rateLimits: true,
      keepAliveMs: 10_000,
      passwordHashRounds: 600_000,
      afterCrash: 'continue',
    });
  });

  it('takes an .env of the Python service', () => {
    const config = parseConfig({
      FLASK_HOST: '0.0.0.0',
      FLASK_PORT: '5001',
      FLASK_ENV: 'development',
      SECRET_KEY: 'dev-secret-key',
      DATABASE_URL: 'sqlite:///amanda.db',
      GRPC_AI_BACKEND_HOST: 'localhost',
      GRPC_AI_BACKEND_PORT: '50051',
      CORS_ORIGINS: 'http://localhost:3000, http://localhost:8080/',
    });
    expect(config).toMatchObject({
      host: '0.0.0.0',
      port: 5001,
      portVariable: 'FLASK_PORT',
      secrets: ['dev-secret-key'],
      databaseUrl: 'sqlite:///amanda.db',
      aiBackend: { host: 'localhost', port: 50_051, tls: false },
      corsOrigins: ['http://localhost:3000', 'http://localhost:8080'],
    });
  });

  it('prefers the plain names, and takes an empty value for none', () => {
    const config = parseConfig({
      PORT: '80',
      FLASK_PORT: '5001',
      HOST: '',
      FLASK_HOST: '::1',
      SECRET_KEY: '',
    });
    expect(config).toMatchObject({ port: 80, host: '::1', secrets: [] });
  });

  it('finds half of the AI backend’s address in the defaults', () => {
    expect(parseConfig({ GRPC_AI_BACKEND_HOST: 'ai' }).aiBackend).toMatchObject({ host: 'ai', port: 50_051 });
    expect(parseConfig({ GRPC_AI_BACKEND_PORT: '9' }).aiBackend).toMatchObject({
      host: 'localhost',
      port: 9,
    });
  });

  it.each([
    ['PORT', 'abc'],
    ['PORT', '65536'],
    ['PORT', '-1'],
    ['PORT', '1e3'],
    ['FLASK_PORT', '5000 '],
    ['HOST', 'http://localhost'],
    ['GRPC_AI_BACKEND_PORT', '0'],
    ['GRPC_AI_BACKEND_HOST', 'localhost:50051'],
    ['DATABASE_URL', 'mysql://localhost/amanda'],
    ['CORS_ORIGINS', '*'],
    ['CORS_ORIGINS', 'https://app.example.org/path'],
    ['CORS_ORIGINS', 'https://*.example.org'],
    ['CORS_ORIGINS', 'https://%2A.example.org'],
    ['CORS_ORIGINS', 'https://app.example.org:*'],
    ['CORS_ORIGINS', 'https://(app|www).example.org'],
    ['CORS_ORIGINS', 'https://.*\\.example\\.org'],
    ['CORS_ORIGINS', 'https://user@app.example.org'],
    ['CORS_ORIGINS', 'chrome-extension://*'],
    ['CORS_ORIGINS', 'capacitor://'],
    ['CORS_ORIGINS', 'localhost:3000'],
    ['CORS_ORIGINS', 'https://app.example.org, null'],
    ['CORS_ORIGINS', 'file://'],
    ['CORS_ORIGINS', 'file://localhost'],
    ['CORS_ORIGINS', 'wss://app.example.org'],
    ['KEEP_ALIVE_SECONDS', '0'],
    ['KEEP_ALIVE_SECONDS', '3601'],
    ['PUBLIC_URL', 'chat.example.org'],
    ['PUBLIC_URL', 'https://example.org/chat'],
    ['TRUSTED_PROXIES', 'everybody!'],
    ['LOG_LEVEL', 'loud'],
    ['RATE_LIMITS', 'maybe'],
    ['PASSWORD_HASH_ROUNDS', '1'],
    ['AI_PROVIDER', 'oracle'],
    ['OPENAI_BASE_URL', 'localhost'],
    ['SMTP_URL', 'mail.example.org'],
    ['AFTER_CRASH', 'yes'],
  ])('refuses %s=%s with one line that names it and not the value', (name, value) => {
    const lines = complaints({ [name]: value });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(new RegExp(`^${name} must .*\\.$`));
    expect(lines[0]).not.toContain('\n');
  });

  it('takes the origins of apps, and writes all as browsers do', () => {
    const CORS_ORIGINS = [
      'capacitor://localhost',
      'ionic://localhost/',
      'tauri://localhost',
      'Chrome-Extension://abcdefghijklmnopabcdefghijklmnop',
      'moz-extension://0d6f0a57-6b0e-4c3c-9f0b-7f6d0a1c2b3e',
      'app://bundle',
      'http://[::1]:3000',
      'HTTPS://App.Example.org:443',
      'https://bücher.example',
    ].join(', ');
    expect(parseConfig({ CORS_ORIGINS }).corsOrigins).toEqual([
      'capacitor://localhost',
      'ionic://localhost',
      'tauri://localhost',
      'chrome-extension://abcdefghijklmnopabcdefghijklmnop',
      'moz-extension://0d6f0a57-6b0e-4c3c-9f0b-7f6d0a1c2b3e',
      'app://bundle',
      'http://[::1]:3000',
      'https://app.example.org',
      'https://xn--bcher-kva.example',
    ]);
  });

  it('says each thing that is wrong', () => {
    expect(complaints({ PORT: 'x', LOG_LEVEL: 'y' })).toHaveLength(2);
  });

  it('says which variables do not go together', () => {
    expect(complaints({ SMTP_URL: 'smtp://mail.example.org' })).toEqual([
      expect.stringMatching(/^SMTP_FROM /),
    ]);
    expect(complaints({ AI_PROVIDER: 'anthropic' })).toEqual([expect.stringMatching(/^ANTHROPIC_API_KEY /)]);
  });
});

describe('a secret in a file', () => {
  it('is read without its line end, and the variable may not be set as well', async () => {
    await using folder = await temporaryFolder();
    const file = path.join(folder.path, 'key');
    writeFileSync(file, 'a long and random secret\n');
    expect(parseConfig({ SECRET_KEY_FILE: file }).secrets).toEqual(['a long and random secret']);
    expect(parseConfig({ SECRET_KEY_FILE: '' }).secrets).toEqual([]);
    expect(complaints({ SECRET_KEY_FILE: file, SECRET_KEY: 'another' })).toEqual([
      'SECRET_KEY and SECRET_KEY_FILE are both set; keep one of them.',
    ]);
    const backend = { GRPC_AI_BACKEND_HOST: 'localhost', GRPC_AI_BACKEND_TOKEN_FILE: file };
    expect(complaints(backend)).toEqual(['GRPC_AI_BACKEND_TOKEN must be 1 to 512 visible ASCII characters.']);
  });

  it('that is none is refused in one line that does not repeat the name', async () => {
    await using folder = await temporaryFolder();
    const empty = path.join(folder.path, 'empty');
    writeFileSync(empty, '\n');
    expect(complaints({ SECRET_KEY_FILE: empty })).toEqual(['SECRET_KEY_FILE names an empty file.']);
    for (const file of [folder.path, path.join(folder.path, 'nothing')]) {
      expect(complaints({ SMTP_URL_FILE: file })).toEqual(['SMTP_URL_FILE does not name a file.']);
    }
  });
});
