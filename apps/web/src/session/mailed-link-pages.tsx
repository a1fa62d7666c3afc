import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { useClient } from '../server/client.ts';
import { text } from '../text/text.ts';
import { buttonClass } from '../ui/button.tsx';
import { Field } from '../ui/field.tsx';
import { Form, Frame, linkClass, useSubmit } from './auth-form.tsx';
import { farewell, setSession } from './session.ts';

const words = text.auth;

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
