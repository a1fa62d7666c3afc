import { isWeakSecret } from '@amanda/core';

import { type Config, variableNames } from '../config/config.ts';
import { bad, type Finding, note, ok } from './finding.ts';

/** Where the variables come from. */
export interface VariableSources {
  /** `.env` overruled by the real environment. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** `.env` alone: a name there was meant for us, while the real environment is full of others. */
  readonly file: Readonly<Record<string, string | undefined>>;
}

/** Variables of the Python service that mean nothing here. */
const retired = new Set([
  'FLASK_ENV',
  'FLASK_DEBUG',
  'FLASK_APP',
  'SESSION_TYPE',
  'SESSION_PERMANENT',
  'SESSION_COOKIE_SECURE',
  'SESSION_COOKIE_HTTPONLY',
  'SESSION_COOKIE_SAMESITE',
  'SQLALCHEMY_DATABASE_URI',
  'SQLALCHEMY_TRACK_MODIFICATIONS',
]);

/** What of the environment is used, what is not, and what of it is unsafe. */
export function variableFindings(config: Config, { environment, file }: VariableSources): Finding[] {
  const isSet = (name: string) => environment[name] !== undefined && environment[name] !== '';
  const used = variableNames.filter(isSet);
  const unused = [...new Set([...Object.keys(file), ...[...retired].filter(isSet)])].filter(
    (name) => !variableNames.includes(name),
  );
  return [
    used.length === 0 ? ok('Nothing is configured: defaults are used') : ok(`Used: ${used.join(', ')}`),
    ...unused.map((name) =>
      note(
        retired.has(name)
          ? `${name} is of the Python service and is not used`
          : `${name} in .env is not known and is not used`,
      ),
    ),
    ...secretFindings(config),
    ...networkFindings(config),
    config.rateLimits
      ? ok('Limits are on')
      : bad('RATE_LIMITS is off: passwords can be guessed without limit'),
    config.passwordHashRounds < 600_000
      ? bad(`PASSWORD_HASH_ROUNDS ${config.passwordHashRounds} is below the recommended 600000`)
      : ok(`Passwords are hashed with ${config.passwordHashRounds} rounds`),
    config.mail === null
      ? note('SMTP_URL is not set: mail is written to files in DATA_DIR/outbox, and nobody gets it')
      : ok('Mail goes out by SMTP'),
  ];
}

function secretFindings({ secrets }: Config): Finding[] {
  if (secrets.length === 0) return [ok('SECRET_KEY is kept in the data folder')];
  return secrets.map((secret, index) => {
    const name = index === 0 ? 'SECRET_KEY' : 'SECRET_KEY_PREVIOUS';
    if (!isWeakSecret(secret)) return ok(`${name} is strong`);
    return bad(`${name} is short or taken from an example: whoever guesses it can forge cookies`);
  });
}

const isLoopback = (host: string) => /^(localhost|127\..*|::1|\[::1\])$/u.test(host);

function networkFindings({ publicUrl, trustedProxies, host, corsOrigins }: Config): Finding[] {
  const findings: Finding[] = [];
  if (publicUrl === null) {
    if (trustedProxies.length > 0) {
      findings.push(
        bad('TRUSTED_PROXIES is set without PUBLIC_URL: cookies lack Secure, links in mails are wrong'),
      );
    } else if (!isLoopback(host)) {
      findings.push(
        bad(`HOST ${host} is open to the network without PUBLIC_URL: passwords travel unencrypted`),
      );
    }
  } else if (publicUrl.protocol === 'http:' && !isLoopback(publicUrl.hostname)) {
    findings.push(bad('PUBLIC_URL is not https: passwords and cookies travel unencrypted'));
  } else {
    findings.push(ok(`PUBLIC_URL is ${publicUrl.origin}`));
  }
  const plain = corsOrigins.filter((origin) => {
    const { protocol, hostname } = new URL(origin);
    return protocol === 'http:' && !isLoopback(hostname);
  });
  for (const origin of plain) {
    findings.push(
      bad(`CORS_ORIGINS lists ${origin}, which is not https: whoever sits on the way may act for its users`),
    );
  }
  return findings;
}
