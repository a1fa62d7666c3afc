import { useQueryClient } from '@tanstack/react-query';
import { Outlet } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { useClient } from '../server/client.ts';
import { useUser } from '../session/session.ts';
import { createWorkspace, type Workspace, WorkspaceContext } from '../workspace/workspace.ts';

/** Everything behind the login shares one workspace. */
export function Inside() {
  const client = useClient();
  const queries = useQueryClient();
  const user = useUser();
  const [workspace, setWorkspace] = useState<Workspace | null>(null);
  // biome-ignore lint: a changed name of the user is not another user
  useEffect(() => {
    const made = createWorkspace({ client, queries, user });
    setWorkspace(made);
    return () => made.close();
  }, [client, queries, user.id]);
  if (workspace === null) return null;
  return (
    <WorkspaceContext value={workspace}>
      <Outlet />
    </WorkspaceContext>
  );
}
