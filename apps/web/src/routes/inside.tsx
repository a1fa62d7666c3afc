import type { User } from '@amanda/client';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Outlet, useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { useClient } from '../server/client.ts';
import { sessionQuery, UserContext } from '../session/session.ts';
import { createWorkspace, type Workspace, WorkspaceContext } from '../workspace/workspace.ts';

/** Everything behind the login shares one workspace. */
export function Inside() {
  const { data: session } = useQuery(sessionQuery(useClient()));
  // When the session ends, the pages stay as they are until the router has led away from them.
  const [user, setUser] = useState<User | null>(null);
  if (session?.authenticated === true && session.user !== user) setUser(session.user);
  return user === null ? null : <Behind key={user.id} user={user} />;
}

function Behind({ user }: { user: User }) {
  const client = useClient();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [workspace, setWorkspace] = useState<Workspace | null>(null);
  const { id } = user;
  useEffect(() => {
    const made = createWorkspace({
      client,
      queries,
      userId: id,
      open: (chatId) => void navigate({ to: '/chats/$chatId', params: { chatId: String(chatId) } }),
    });
    setWorkspace(made);
    return () => made.close();
  }, [client, queries, navigate, id]);
  if (workspace === null) return null;
  return (
    <UserContext value={user}>
      <WorkspaceContext value={workspace}>
        <Outlet />
      </WorkspaceContext>
    </UserContext>
  );
}
