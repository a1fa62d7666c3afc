import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { MonitorSmartphone } from 'lucide-react';
import { useClient } from '../server/client.ts';
import { errorText } from '../session/session.ts';
import { text } from '../text/text.ts';
import { Button } from '../ui/button.tsx';
import { Notice } from '../ui/field.tsx';
import { Section } from './section.tsx';
import { deviceName, said } from './times.ts';

/** Where the user is logged in, and the ways to end that. */
export function Devices() {
  const client = useClient();
  const queries = useQueryClient();
  const { data, isError } = useQuery({
    queryKey: ['devices'],
    queryFn: () => client.trpc.auth.sessions.list.query(),
    staleTime: 0,
  });
  const onSettled = () =>
    Promise.all(['devices', 'tokens'].map((key) => queries.invalidateQueries({ queryKey: [key] })));
  const revoke = useMutation({
    mutationFn: (sessionId: string) => client.trpc.auth.sessions.revoke.mutate({ sessionId }),
    onSettled,
  });
  const revokeOthers = useMutation({
    mutationFn: () => client.trpc.auth.sessions.revokeOthers.mutate(),
    onSettled,
  });
  const problem = revoke.error ?? revokeOthers.error;
  const items = data?.items ?? [];
  return (
    <Section title={text.settings.devices} lead={text.settings.devicesLead}>
      {isError && <Notice kind="error">{text.settings.failed}</Notice>}
      {problem !== null && <Notice kind="error">{errorText(problem)}</Notice>}
      <ul className="divide-y divide-line">
        {items.map((session) => (
          <li key={session.id} className="flex items-center gap-3.5 py-3">
            <MonitorSmartphone className="size-5 shrink-0 text-ink-faint" aria-hidden />
            <div className="min-w-0 flex-1">
              <p className="truncate text-[0.9375rem] font-medium">
                {deviceName(session.userAgent)}
                {session.current && (
                  <span className="ml-2 rounded-md bg-accent-soft px-1.5 py-0.5 text-xs font-medium text-accent">
                    {text.settings.thisDevice}
                  </span>
                )}
              </p>
              <p className="truncate text-sm text-ink-faint">
                {session.address} · {text.settings.lastUsed(said(session.lastUsedAt))}
              </p>
            </div>
            {!session.current && (
              <Button kind="quiet" onClick={() => revoke.mutate(session.id)}>
                {text.settings.revoke}
              </Button>
            )}
          </li>
        ))}
      </ul>
      {items.length > 1 && (
        <div className="mt-2 flex justify-end">
          <Button kind="plain" disabled={revokeOthers.isPending} onClick={() => revokeOthers.mutate()}>
            {text.settings.revokeOthers}
          </Button>
        </div>
      )}
    </Section>
  );
}
