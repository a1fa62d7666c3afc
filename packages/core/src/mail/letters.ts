/** A mail that is ready to be sent. */
export interface Letter {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** What mails are written about. */
export type Occasion =
  | { readonly kind: 'verify'; readonly token: string }
  | { readonly kind: 'reset'; readonly token: string }
  | { readonly kind: 'passwordChanged' };

interface Draft {
  readonly subject: string;
  readonly before: readonly string[];
  readonly link: { readonly label: string; readonly url: string } | undefined;
  readonly after: readonly string[];
}

/**
 * Writes a mail; text and HTML come from one draft.
 * @param publicUrl where people reach the web app. The token travels in the link's fragment, which browsers send to
 *   nobody: it appears in no access log and no `Referer`.
 */
export function writeLetter(to: string, occasion: Occasion, publicUrl: string): Letter {
  const { subject, before, link, after } = draft(occasion, publicUrl);
  const linkLines = link === undefined ? [] : [`${link.label}:\n${link.url}`];
  const linkHtml =
    link === undefined ? [] : [`<p><a href="${escapeHtml(link.url)}">${escapeHtml(link.label)}</a></p>`];
  const paragraphs = (lines: readonly string[]) => lines.map((line) => `<p>${escapeHtml(line)}</p>`);
  const body = [...paragraphs(before), ...linkHtml, ...paragraphs(after)].join('\n');
  return {
    to,
    subject,
    text: `${[...before, ...linkLines, ...after].join('\n\n')}\n`,
    html: `<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8"><title>${escapeHtml(subject)}</title></head>\n<body>\n${body}\n</body>\n</html>\n`,
  };
}

function draft(occasion: Occasion, publicUrl: string): Draft {
  switch (occasion.kind) {
    case 'verify':
      return {
        subject: 'Confirm your email address for Amanda',
        before: ['Hello,', 'please confirm that this email address belongs to your Amanda account.'],
        link: { label: 'Confirm this address', url: linkTo(publicUrl, 'verify-email', occasion.token) },
        after: ['The link works once, for two days. If you did not sign up, ignore this mail.'],
      };
    case 'reset':
      return {
        subject: 'Choose a new password for Amanda',
        before: ['Hello,', 'somebody, hopefully you, asked for a new password for your Amanda account.'],
        link: { label: 'Choose a new password', url: linkTo(publicUrl, 'reset-password', occasion.token) },
        after: [
          'The link works once, for one hour. If you did not ask for it, ignore this mail: your password stays as it is.',
        ],
      };
    case 'passwordChanged':
      break;
  }
  return {
    subject: 'Your Amanda password was changed',
    before: ['Hello,', 'the password of your Amanda account was changed just now.'],
    link: { label: 'If that was not you, choose a new password', url: linkTo(publicUrl, 'forgot-password') },
    after: ['If it was you, there is nothing to do.'],
  };
}

/** An address of the web app, below whatever path it is served from. */
export function linkTo(publicUrl: string, page: string, token?: string): string {
  const url = new URL(publicUrl.endsWith('/') ? publicUrl : `${publicUrl}/`);
  url.pathname += page;
  if (token !== undefined) url.hash = new URLSearchParams({ token }).toString();
  return url.href;
}

function escapeHtml(text: string): string {
  const entities: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replaceAll(/[&<>"']/gu, (character) => entities[character] ?? character);
}
