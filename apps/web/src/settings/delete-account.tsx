import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useClient } from '../server/client.ts';
import { endingText, errorText, farewell } from '../session/session.ts';
import { text } from '../text/text.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Field, Notice } from '../ui/field.tsx';
import { Section } from './section.tsx';

/** The end of an account. */
export function DeleteAccount() {
  const client = useClient();
  const [isAsked, setAsked] = useState(false);
  const [password, setPassword] = useState('');
  const remove = useMutation({
    mutationFn: async () => {
      farewell.set(endingText('account_deleted'));
      await client.trpc.user.deleteAccount.mutate({ password });
    },
    onError: () => farewell.set(null),
  });
  return (
    <Section title={text.settings.danger} lead={text.settings.dangerLead}>
      <Button kind="danger" onClick={() => setAsked(true)}>
        {text.settings.danger}
      </Button>
      <Dialog open={isAsked} onClose={() => setAsked(false)} title={text.settings.danger}>
        <form
          className="grid gap-5 px-6 pt-3 pb-6"
          onSubmit={(event) => {
            event.preventDefault();
            remove.mutate();
          }}
        >
          <p className="text-[0.9375rem] text-ink-soft">{text.settings.dangerLead}</p>
          {remove.isError && <Notice kind="error">{errorText(remove.error)}</Notice>}
          <Field
            label={text.settings.dangerPassword}
            type="password"
            autoComplete="current-password"
            required
            value={password}
            onChange={({ target }) => setPassword(target.value)}
          />
          <div className="flex justify-end gap-2">
            <Button kind="quiet" onClick={() => setAsked(false)}>
              {text.cancel}
            </Button>
            <Button type="submit" kind="danger" disabled={remove.isPending || password === ''}>
              {text.settings.dangerConfirm}
            </Button>
          </div>
        </form>
      </Dialog>
    </Section>
  );
}
