/** The mark: a round a. */
export function Logo({ className = 'size-8' }: { className?: string }) {
  return (
    <svg viewBox="0 0 32 32" aria-hidden="true" className={className}>
      <rect width="32" height="32" rx="9" fill="var(--accent)" />
      <g fill="none" stroke="var(--on-accent)" strokeWidth="3" strokeLinecap="round">
        <circle cx="14.5" cy="16.5" r="6" />
        <path d="M20.5 10.5v9a3 3 0 0 0 3 3" />
      </g>
    </svg>
  );
}
