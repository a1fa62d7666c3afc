import { randomUUID } from 'node:crypto';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createTransport } from 'nodemailer';
import type { Clock } from '../clock/clock.ts';
import type { Log } from '../log/log.ts';
import type { Letter } from './letters.ts';

/** Takes mails to where people read them. */
export interface MailTransport {
  /** Delivers one mail or rejects; a rejected mail is tried again. */
  deliver(letter: Letter): Promise<void>;
  close(): Promise<void>;
}

/** An SMTP server. */
export interface SmtpOptions {
  /** `smtp://user:password@host:port`, or `smtps://` for TLS from the first byte. STARTTLS is used where offered. */
  readonly url: string;
  /** The sender, such as `Amanda <amanda@example.com>`. */
  readonly from: string;
}

/** What no part of a mail may do: read files or fetch addresses because a text in it looks like one. */
const sealed = { disableFileAccess: true, disableUrlAccess: true };

const inEnvelope = (letter: Letter, from: string) => ({
  from,
  // An object is taken as one address; a text would be parsed as a list of them.
  to: { name: '', address: letter.to },
  subject: letter.subject,
  text: letter.text,
  html: letter.html,
  headers: { 'Auto-Submitted': 'auto-generated' }, // RFC 3834: no out-of-office answers
});

/** Sends by SMTP, over connections that are kept; close it to end them. */
export function createSmtpTransport({ url, from }: SmtpOptions): MailTransport {
  const { protocol, hostname, port, username, password } = new URL(url);
  const transport = createTransport({
    ...sealed,
    pool: true,
    host: hostname,
    secure: protocol === 'smtps:',
    ...(port === '' ? {} : { port: Number(port) }),
    ...(username === ''
      ? {}
      : { auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) } }),
    maxConnections: 2,
    connectionTimeout: 10_000,
    greetingTimeout: 10_000,
    socketTimeout: 20_000,
  });
  return {
    async deliver(letter) {
      await transport.sendMail(inEnvelope(letter, from));
    },
    close() {
      transport.close();
      return Promise.resolve();
    },
  };
}

/**
 * Writes mails as `.eml` files instead of sending them, for a machine without a mail server. They hold live links, so
 * only this user can read them.
 * @param options.directory made when the first mail comes
 */
export function createOutboxTransport(options: {
  directory: string;
  from: string;
  clock: Clock;
  log: Log;
}): MailTransport {
  const composer = createTransport({ ...sealed, streamTransport: true, buffer: true });
  return {
    async deliver(letter) {
      const { message } = await composer.sendMail(inEnvelope(letter, options.from));
      if (!Buffer.isBuffer(message)) throw new TypeError('the mail was not composed into memory');
      await mkdir(options.directory, { recursive: true, mode: 0o700 });
      const stamp = new Date(options.clock.now()).toISOString().replaceAll(':', '-');
      const file = path.join(options.directory, `${stamp}-${randomUUID()}.eml`);
      // Nobody who watches the folder sees half a mail.
      await writeFile(`${file}.part`, message, { mode: 0o600 });
      await rename(`${file}.part`, file);
      options.log.info(
        { file, subject: letter.subject },
        'no mail server is configured; a mail was written to a file',
      );
    },
    close: () => Promise.resolve(),
  };
}
