import type { ReactNode } from 'react';

/** The shape of what is loading. */
export function Placeholder() {
  return (
    <div aria-hidden="true" className="animate-shimmer space-y-8 pt-10">
      <div className="ml-auto h-11 w-2/5 rounded-3xl bg-hover" />
      <div className="space-y-3">
        <div className="h-4 w-11/12 rounded bg-hover" />
        <div className="h-4 w-4/5 rounded bg-hover" />
        <div className="h-4 w-3/5 rounded bg-hover" />
      </div>
    </div>
  );
}

/** Something to say where the messages would be. */
export function Apart({ children, lead, title }: { title: string; lead?: string; children: ReactNode }) {
  return (
    <div className="grid flex-1 place-content-center justify-items-center gap-3 px-6 py-20 text-center">
      <h1 className="text-xl font-semibold tracking-tight">{title}</h1>
      {lead !== undefined && <p className="max-w-sm text-balance text-ink-soft">{lead}</p>}
      <div className="pt-2">{children}</div>
    </div>
  );
}
