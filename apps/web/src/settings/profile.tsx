import { useMutation, useQueryClient } from '@tanstack/react-query';
import { BadgeCheck } from 'lucide-react';
import { useState } from 'react';
import { useClient } from '../server/client.ts';
import { errorText, setSession, useUser } from '../session/session.ts';
import { text } from '../text/text.ts';
import { Button } from '../ui/button.tsx';
import { Field, Notice } from '../ui/field.tsx';
import { Section } from './section.tsx';

/** The name, and the address with its state. */
export function Profile() {
  const client = useClient();
  const queries = useQueryClient();
  const user = useUser();
  const [name, setName] = useState(user.displayName ?? '');
  const save = useMutation({
    mutationFn: () =>
      client.trpc.user.updateProfile.mutate({ displayName: name.trim() === '' ? null : name.trim() }),
    onSuccess: (changed) => setSession(queries, { authenticated: true, user: changed }),
  });
  const resend = useMutation({
    mutationFn: () => client.trpc.auth.resendVerification.mutate({ email: user.email }),
  });
  return (
    <Section title={text.settings.profile}>
      <form
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        {save.isError && <Notice kind="error">{errorText(save.error)}</Notice>}
        <Field
          label={text.settings.name}
          hint={text.settings.nameHint}
          autoComplete="name"
          maxLength={100}
          value={name}
          onChange={({ target }) => setName(target.value)}
          after={
            save.isSuccess && (
              <span role="status" className="text-sm text-good">
                {text.saved}
              </span>
            )
          }
        />
        <div className="flex justify-end">
          <Button type="submit" disabled={save.isPending || name.trim() === (user.displayName ?? '')}>
            {text.save}
          </Button>
        </div>
      </form>
      <div className="mt-4 flex flex-wrap items-center justify-between gap-3 border-t border-line pt-4">
        <div className="min-w-0">
          <p className="text-sm font-medium">{text.settings.email}</p>
          <p className="truncate text-ink-soft">{user.email}</p>
        </div>
        {user.emailVerified ? (
          <p className="flex items-center gap-1.5 text-sm text-good">
            <BadgeCheck className="size-4" aria-hidden />
            {text.settings.verified}
          </p>
        ) : (
          <div className="flex flex-wrap items-center gap-3 text-sm">
            <span className="text-ink-faint" role="status">
              {resend.isSuccess
                ? text.settings.resent
                : resend.isError
                  ? errorText(resend.error)
                  : text.settings.unverified}
            </span>
            {!resend.isSuccess && (
              <Button kind="plain" disabled={resend.isPending} onClick={() => resend.mutate()}>
                {text.settings.resend}
              </Button>
            )}
          </div>
        )}
      </div>
    </Section>
  );
}
