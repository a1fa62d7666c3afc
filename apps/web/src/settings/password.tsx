import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useClient } from '../server/client.ts';
import { errorText, useUser } from '../session/session.ts';
import { text } from '../text/text.ts';
import { Button } from '../ui/button.tsx';
import { Field, Notice } from '../ui/field.tsx';
import { Section } from './section.tsx';

/** Changing the password. */
export function Password() {
  const client = useClient();
  const queries = useQueryClient();
  const { email } = useUser();
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const [keepTokens, setKeepTokens] = useState(false);
  const change = useMutation({
    mutationFn: () => client.trpc.auth.changePassword.mutate({ current, next, keepTokens }),
    onSuccess() {
      setCurrent('');
      setNext('');
      void queries.invalidateQueries({ queryKey: ['devices'] });
      void queries.invalidateQueries({ queryKey: ['tokens'] });
    },
  });
  return (
    <Section title={text.settings.password} lead={text.settings.passwordLead}>
      <form
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          change.mutate();
        }}
      >
        {change.isError && <Notice kind="error">{errorText(change.error)}</Notice>}
        {change.isSuccess && <Notice kind="info">{text.settings.changed}</Notice>}
        <input type="text" autoComplete="username" value={email} readOnly hidden />
        <Field
          label={text.settings.current}
          type="password"
          autoComplete="current-password"
          required
          value={current}
          onChange={({ target }) => setCurrent(target.value)}
        />
        <Field
          label={text.settings.next}
          type="password"
          autoComplete="new-password"
          required
          hint={text.auth.passwordHint}
          value={next}
          onChange={({ target }) => setNext(target.value)}
        />
        <label className="flex items-center gap-2 text-sm">
          <input
            type="checkbox"
            checked={keepTokens}
            onChange={({ target }) => setKeepTokens(target.checked)}
          />
          {text.settings.keepTokens}
        </label>
        <div className="flex justify-end">
          <Button type="submit" disabled={change.isPending || current === '' || next === ''}>
            {text.settings.change}
          </Button>
        </div>
      </form>
    </Section>
  );
}
