import { amandaErrorOf, type User } from '@amanda/client';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { type ReactNode, useEffect, useState } from 'react';
import { useClient } from '../server/client.ts';
import { useSignal } from '../server/signal.ts';
import { text } from '../text/text.ts';
import { Button, buttonClass } from '../ui/button.tsx';
import { Field, Notice } from '../ui/field.tsx';
import { Logo } from '../ui/logo.tsx';
import { farewell, setSession } from './session.ts';

const words = text.auth;
const linkClass =
  'font-medium text-accent underline decoration-accent/40 underline-offset-4 hover:decoration-current';

/** The frame of all pages for strangers. */
function Frame({ children, lead, title }: { title: string; lead?: ReactNode; children?: ReactNode }) {
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
function useSubmit(work: () => Promise<void>): { error: string | null; isBusy: boolean; submit: () => void } {
  const [error, setError] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  return {
    error,
    isBusy,
    submit() {
      if (isBusy) return;
      setBusy(true);
      setError(null);
      work()
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

function Form(props: {
  error: string | null;
  isBusy: boolean;
  submit: () => void;
  label: string;
  children: ReactNode;
}) {
  return (
    <form
      className="grid gap-5"
      onSubmit={(event) => {
        event.preventDefault();
        props.submit();
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

/** Remembers who is logged in now, and goes where they wanted to. */
function useEnter(): (user: User, to?: string) => void {
  const queries = useQueryClient();
  const navigate = useNavigate();
  return (user, to) => {
    farewell.set(null);
    setSession(queries, { authenticated: true, user });
    void navigate({ href: to ?? '/', replace: true });
  };
}

/** Logging in. */
export function SignInPage() {
  const client = useClient();
  const enter = useEnter();
  const { to } = useSearch({ from: '/outside/sign-in' });
  const why = useSignal(farewell);
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const form = useSubmit(async () => {
    const { user } = await client.trpc.auth.logIn.mutate({ email, password });
    enter(user, to);
  });
  return (
    <Frame title={words.signInTitle} lead={words.signInLead}>
      <Form {...form} label={words.signIn}>
        {why !== null && form.error === null && <Notice kind="info">{why}</Notice>}
        <Field
          label={words.email}
          type="email"
          autoComplete="username"
          required
          autoFocus
          value={email}
          onChange={({ target }) => setEmail(target.value)}
        />
        <Field
          label={words.password}
          type="password"
          autoComplete="current-password"
          required
          value={password}
          onChange={({ target }) => setPassword(target.value)}
          after={
            <Link to="/forgot-password" className={`text-sm ${linkClass}`}>
              {words.forgot}
            </Link>
          }
        />
      </Form>
      <p className="mt-7 text-center text-[0.9375rem] text-ink-soft">
        {words.noAccount}{' '}
        <Link to="/sign-up" className={linkClass}>
          {words.signUp}
        </Link>
      </p>
    </Frame>
  );
}

/** Making an account. */
export function SignUpPage() {
  const client = useClient();
  const enter = useEnter();
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [displayName, setDisplayName] = useState('');
  const form = useSubmit(async () => {
    const name = displayName.trim();
    const { user } = await client.trpc.auth.signUp.mutate({
      email,
      password,
      ...(name === '' ? {} : { displayName: name }),
    });
    enter(user);
  });
  return (
    <Frame title={words.signUpTitle} lead={words.signUpLead}>
      <Form {...form} label={words.signUp}>
        <Field
          label={words.email}
          type="email"
          autoComplete="username"
          required
          autoFocus
          value={email}
          onChange={({ target }) => setEmail(target.value)}
        />
        <Field
          label={words.displayName}
          autoComplete="name"
          maxLength={100}
          value={displayName}
          onChange={({ target }) => setDisplayName(target.value)}
        />
        <Field
          label={words.password}
          type="password"
          autoComplete="new-password"
          required
          hint={words.passwordHint}
          value={password}
          onChange={({ target }) => setPassword(target.value)}
        />
      </Form>
      <p className="mt-7 text-center text-[0.9375rem] text-ink-soft">
        {words.haveAccount}{' '}
        <Link to="/sign-in" className={linkClass}>
          {words.signIn}
        </Link>
      </p>
    </Frame>
  );
}

/** Asking for a mailed link to choose a new password. */
export function ForgotPage() {
  const client = useClient();
  const [email, setEmail] = useState('');
  const [isSent, setSent] = useState(false);
  const form = useSubmit(async () => {
    await client.trpc.auth.forgotPassword.mutate({ email });
    setSent(true);
  });
  const back = (
    <p className="mt-7 text-center text-[0.9375rem]">
      <Link to="/sign-in" className={linkClass}>
        {words.back}
      </Link>
    </p>
  );
  if (isSent) {
    return (
      <Frame title={words.sentTitle} lead={words.sentLead(email)}>
        {back}
      </Frame>
    );
  }
  return (
    <Frame title={words.forgotTitle} lead={words.forgotLead}>
      <Form {...form} label={words.sendLink}>
        <Field
          label={words.email}
          type="email"
          autoComplete="username"
          required
          autoFocus
          value={email}
          onChange={({ target }) => setEmail(target.value)}
        />
      </Form>
      {back}
    </Frame>
  );
}

function BadLink() {
  return (
    <Frame title={words.linkBad} lead={words.linkBadLead}>
      <Link to="/forgot-password" className={buttonClass('primary')}>
        {words.newLink}
      </Link>
    </Frame>
  );
}

/** The secret of a mailed link, behind `#` (which no server ever sees) or `?`; it leaves the address at once. */
function useMailedToken(search: { token: string }): string {
  const [token] = useState(
    () => search.token || (new URLSearchParams(location.hash.slice(1)).get('token') ?? ''),
  );
  useEffect(() => history.replaceState(history.state, '', location.pathname), []);
  return token;
}

/** Where the mailed link to a new password leads. */
export function ResetPage() {
  const client = useClient();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const token = useMailedToken(useSearch({ from: '/reset-password' }));
  const [password, setPassword] = useState('');
  const check = useQuery({
    queryKey: ['reset', token],
    queryFn: () => client.trpc.auth.verifyResetToken.mutate({ token }),
    enabled: token !== '',
    retry: false,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const form = useSubmit(async () => {
    await client.trpc.auth.resetPassword.mutate({ token, password });
    farewell.set(words.resetDone);
    setSession(queries, { authenticated: false });
    void navigate({ to: '/sign-in', replace: true });
  });
  if (token === '' || check.isError) return <BadLink />;
  return (
    <Frame title={words.resetTitle} lead={words.resetLead}>
      <Form {...form} label={words.resetSubmit}>
        <Field
          label={words.newPassword}
          type="password"
          autoComplete="new-password"
          required
          autoFocus
          hint={words.passwordHint}
          value={password}
          onChange={({ target }) => setPassword(target.value)}
        />
      </Form>
    </Frame>
  );
}

/** Where the mailed link that confirms an address leads. */
export function VerifyPage() {
  const client = useClient();
  const queries = useQueryClient();
  const token = useMailedToken(useSearch({ from: '/verify-email' }));
  const check = useQuery({
    queryKey: ['verify', token],
    // The link works once: React's second look in development must not use it up.
    queryFn: async () => {
      await client.trpc.auth.verifyEmail.mutate({ token });
      await queries.invalidateQueries({ queryKey: ['session'] });
      return true;
    },
    enabled: token !== '',
    retry: false,
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (token === '' || check.isError) {
    return (
      <Frame title={words.linkBad} lead={words.verifyBadLead}>
        <Link to="/" className={buttonClass('primary')}>
          {words.toChats}
        </Link>
      </Frame>
    );
  }
  if (check.isPending) return <Frame title={words.verifying} />;
  return (
    <Frame title={words.verified} lead={words.verifiedLead}>
      <Link to="/" className={buttonClass('primary')}>
        {words.toChats}
      </Link>
    </Frame>
  );
}
