import { amandaErrorOf } from '@amanda/client';
import { type ReactNode, useState } from 'react';
import { text } from '../text/text.ts';
import { Button } from '../ui/button.tsx';
import { Notice } from '../ui/field.tsx';
import { Logo } from '../ui/logo.tsx';

const words = text.auth;

/** The look of links in the text of these pages. */
export const linkClass =
  'font-medium text-accent underline decoration-accent/40 underline-offset-4 hover:decoration-current';

/** The frame of all pages for strangers. */
export function Frame({ children, lead, title }: { title: string; lead?: ReactNode; children?: ReactNode }) {
  return (
    <main className="h-full overflow-y-auto bg-panel">
      <div className="mx-auto flex min-h-full w-full max-w-[27rem] flex-col justify-center px-4 py-10">
        <div className="rounded-3xl border border-line bg-raised px-6 py-8 shadow-lift sm:px-9 sm:py-10">
          <Logo className="size-11" />
          <h1 className="mt-6 text-[1.65rem] leading-tight font-semibold tracking-[-0.022em]">{title}</h1>
          {lead !== undefined && <p className="mt-2 text-[0.9875rem] text-pretty text-ink-soft">{lead}</p>}
          <div className="mt-7">{children}</div>
        </div>
        <p className="mt-6 text-center text-sm text-ink-faint">{words.tagline}</p>
      </div>
    </main>
  );
}

/** A form that is sent once at a time and says what went wrong. */
export function useSubmit(work: (written: (name: string) => string) => Promise<void>): {
  error: string | null;
  isBusy: boolean;
  submit: (form: HTMLFormElement) => void;
} {
  const [error, setError] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  return {
    error,
    isBusy,
    submit(form) {
      if (isBusy) return;
      const fields = new FormData(form);
      const written = (name: string) => {
        const value = fields.get(name);
        return typeof value === 'string' ? value : '';
      };
      setBusy(true);
      setError(null);
      work(written)
        .catch((thrown: unknown) => setError(inputText(thrown)))
        .finally(() => setBusy(false));
    },
  };
}

/** Errors of a field say which. */
function inputText(thrown: unknown): string {
  const { code, details, message } = amandaErrorOf(thrown);
  if (code !== 'INVALID_INPUT') return message;
  return details.field === 'password' || details.field === 'next'
    ? words.badPassword
    : details.field === 'email'
      ? words.badEmail
      : message;
}

/**
 * The fields of such a page, with what went wrong above them. The fields keep what is written in them themselves, so
 * that what stood in the shell of the page, or was filled in by the browser, counts.
 */
export function Form(props: {
  error: string | null;
  isBusy: boolean;
  submit: (form: HTMLFormElement) => void;
  label: string;
  children: ReactNode;
}) {
  return (
    <form
      // Where no script has come, a password must not go into an address.
      method="post"
      className="grid gap-5"
      onSubmit={(event) => {
        event.preventDefault();
        props.submit(event.currentTarget);
      }}
    >
      {props.error !== null && <Notice kind="error">{props.error}</Notice>}
      {props.children}
      <Button type="submit" disabled={props.isBusy} className="mt-1 h-11">
        {props.label}
      </Button>
    </form>
  );
}
