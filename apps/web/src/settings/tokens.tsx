import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Check, Copy, KeyRound } from 'lucide-react';
import { useState } from 'react';
import { useClient } from '../server/client.ts';
import { errorText } from '../session/session.ts';
import { text } from '../text/text.ts';
import { Button } from '../ui/button.tsx';
import { useCopy } from '../ui/copy.ts';
import { Field, Notice } from '../ui/field.tsx';
import { Choice } from './choice.tsx';
import { Section } from './section.tsx';
import { said } from './times.ts';

type Expiry = keyof typeof text.settings.tokenExpiries;

const dayMs = 86_400_000;

/** Bearer tokens: making, listing, revoking. */
export function Tokens() {
  const client = useClient();
  const queries = useQueryClient();
  const [name, setName] = useState('');
  const [expiry, setExpiry] = useState<Expiry>('90');
  const { copied, copy } = useCopy();
  const { data, isError } = useQuery({
    queryKey: ['tokens'],
    queryFn: () => client.trpc.auth.tokens.list.query(),
    staleTime: 0,
  });
  const onSettled = () => queries.invalidateQueries({ queryKey: ['tokens'] });
  const create = useMutation({
    mutationFn: () =>
      client.trpc.auth.tokens.create.mutate({
        name,
        expiresAt: expiry === 'never' ? null : new Date(Date.now() + Number(expiry) * dayMs),
      }),
    onSuccess: () => setName(''),
    onSettled,
  });
  const revoke = useMutation({
    mutationFn: (tokenId: number) => client.trpc.auth.tokens.revoke.mutate({ tokenId }),
    onSettled,
  });
  const problem = create.error ?? revoke.error;
  return (
    <Section title={text.settings.tokens} lead={text.settings.tokensLead}>
      {isError && <Notice kind="error">{text.settings.failed}</Notice>}
      {problem !== null && <Notice kind="error">{errorText(problem)}</Notice>}
      {create.data !== undefined && (
        <div className="mb-4 rounded-xl bg-accent-soft p-4">
          <p className="text-sm">{text.settings.tokenOnce}</p>
          <div className="mt-2 flex items-center gap-2">
            <code
              className="min-w-0 flex-1 overflow-x-auto rounded-lg bg-raised px-3 py-2 font-mono text-sm whitespace-nowrap"
              tabIndex={0}
              aria-label={create.data.token.name}
            >
              {create.data.secret}
            </code>
            <Button kind="plain" onClick={() => copy(create.data.secret)}>
              {copied ? <Check className="size-4" aria-hidden /> : <Copy className="size-4" aria-hidden />}
              {copied ? text.copied : text.thread.copy}
            </Button>
          </div>
        </div>
      )}
      <ul className="divide-y divide-line">
        {data?.items.map((token) => (
          <li key={token.id} className="flex items-center gap-3.5 py-3">
            <KeyRound className="size-5 shrink-0 text-ink-faint" aria-hidden />
            <div className="min-w-0 flex-1">
              <p className="truncate text-[0.9375rem] font-medium">{token.name}</p>
              <p className="truncate text-sm text-ink-faint">
                {text.settings.tokenUsed(token.lastUsedAt === null ? null : said(token.lastUsedAt))} ·{' '}
                {token.expiresAt === null
                  ? text.settings.tokenNever
                  : text.settings.tokenEnds(
                      token.expiresAt.toLocaleDateString(undefined, { dateStyle: 'medium' }),
                    )}
              </p>
            </div>
            <Button kind="quiet" onClick={() => revoke.mutate(token.id)}>
              {text.settings.tokenRevoke}
            </Button>
          </li>
        ))}
      </ul>
      {data?.items.length === 0 && create.data === undefined && (
        <p className="pb-4 text-[0.9375rem] text-ink-faint">{text.settings.tokenNone}</p>
      )}
      <form
        className="grid gap-4 border-t border-line pt-4"
        onSubmit={(event) => {
          event.preventDefault();
          create.mutate();
        }}
      >
        <Field
          label={text.settings.tokenName}
          placeholder={text.settings.tokenPlaceholder}
          required
          maxLength={100}
          value={name}
          onChange={({ target }) => setName(target.value)}
        />
        <Choice<Expiry>
          label={text.settings.tokenExpiry}
          options={text.settings.tokenExpiries}
          value={expiry}
          onChange={(value) => setExpiry(value)}
        />
        <div className="flex justify-end">
          <Button type="submit" disabled={create.isPending || name.trim() === ''}>
            {text.settings.tokenCreate}
          </Button>
        </div>
      </form>
    </Section>
  );
}
