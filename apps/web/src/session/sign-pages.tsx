import type { User } from '@amanda/client';
import { useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useClient } from '../server/client.ts';
import { useSignal } from '../server/signal.ts';
import { text } from '../text/text.ts';
import { Field, Notice } from '../ui/field.tsx';
import { Form, Frame, linkClass, useSubmit } from './auth-form.tsx';
import { farewell, setSession } from './session.ts';

const words = text.auth;

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
  const form = useSubmit(async (written) => {
    const { user } = await client.trpc.auth.logIn.mutate({
      email: written('email'),
      password: written('password'),
    });
    enter(user, to);
  });
  return (
    <Frame title={words.signInTitle} lead={words.signInLead}>
      <Form {...form} label={words.signIn}>
        {why !== null && form.error === null && <Notice kind="info">{why}</Notice>}
        <Field label={words.email} type="email" autoComplete="username" required autoFocus name="email" />
        <Field
          label={words.password}
          type="password"
          autoComplete="current-password"
          required
          name="password"
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
  const form = useSubmit(async (written) => {
    const name = written('displayName').trim();
    const { user } = await client.trpc.auth.signUp.mutate({
      email: written('email'),
      password: written('password'),
      ...(name === '' ? {} : { displayName: name }),
    });
    enter(user);
  });
  return (
    <Frame title={words.signUpTitle} lead={words.signUpLead}>
      <Form {...form} label={words.signUp}>
        <Field label={words.email} type="email" autoComplete="username" required autoFocus name="email" />
        <Field label={words.displayName} autoComplete="name" maxLength={100} name="displayName" />
        <Field
          label={words.password}
          type="password"
          autoComplete="new-password"
          required
          hint={words.passwordHint}
          name="password"
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
