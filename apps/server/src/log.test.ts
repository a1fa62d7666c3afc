import { Writable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';

import { createLog } from './log.ts';

/** What a log with these options writes about a few things. */
function written(options: { terminal: boolean; colors?: boolean }): string {
  let text = '';
  const destination = new Writable({
    write(bytes, _encoding, done) {
      text += String(bytes);
      done();
    },
  });
  const log = createLog({ level: 'info', destination, ...options });
  log.info({ url: 'http://127.0.0.1:5000' }, 'Amanda is ready: http://127.0.0.1:5000');
  log.warn({ password: 'hunter2', of: { token: 'abc' } }, 'Something odd');
  log.debug({}, 'Not asked for');
  return text;
}

describe('the log', () => {
  it('is one object a line for programs', () => {
    const lines = written({ terminal: false }).trim().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { level: 30, url: 'http://127.0.0.1:5000', msg: 'Amanda is ready: http://127.0.0.1:5000' },
      { level: 40, msg: 'Something odd' },
    ]);
  });

  it('is one line each for people', () => {
    const lines = written({ terminal: true, colors: false }).trim().split('\n');
    expect(lines).toEqual([
      expect.stringMatching(/^\[\d\d:\d\d:\d\d\] INFO: Amanda is ready: http:\/\/127\.0\.0\.1:5000$/),
      expect.stringMatching(/^\[\d\d:\d\d:\d\d\] WARN: Something odd \{.*\}$/),
    ]);
  });

  it('is coloured only where colours are wanted', () => {
    const [plain, coloured] = [false, true].map((colors) => written({ terminal: true, colors }));
    expect(stripVTControlCharacters(plain ?? '')).toBe(plain);
    expect(stripVTControlCharacters(coloured ?? '')).not.toBe(coloured);
  });

  it.each([true, false])('keeps what clients say within its line (terminal: %s)', (terminal) => {
    let text = '';
    const destination = new Writable({
      write(bytes, _encoding, done) {
        text += String(bytes);
        done();
      },
    });
    const log = createLog({ level: 'info', terminal, colors: false, destination });
    log.warn({ path: '/a\n{"level":50,"msg":"forged"}\r\u001b[2J' }, 'A request failed');
    expect(text.match(/[\n\r]/g)).toEqual(['\n']);
    expect(text).not.toContain('\u001b');
  });

  it.each([true, false])('holds no secrets (terminal: %s)', (terminal) => {
    expect(written({ terminal })).not.toMatch(/hunter2|abc/);
  });
});
