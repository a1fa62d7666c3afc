import { type ReactNode, useId } from 'react';

/** A titled part of the settings. */
export function Section({ children, lead, title }: { title: string; lead?: string; children: ReactNode }) {
  const id = useId();
  return (
    <section aria-labelledby={id} className="rounded-2xl border border-line bg-raised px-5 py-5 sm:px-6">
      <h2 id={id} className="text-[1.0625rem] font-semibold tracking-[-0.012em]">
        {title}
      </h2>
      {lead !== undefined && <p className="mt-1 text-[0.9375rem] text-ink-soft">{lead}</p>}
      <div className="mt-4">{children}</div>
    </section>
  );
}
