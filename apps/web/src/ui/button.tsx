import type { ComponentProps } from 'react';

const kinds = {
  primary: 'bg-accent text-on-accent hover:bg-accent-strong',
  plain: 'border border-line bg-raised hover:bg-hover',
  quiet: 'text-ink-soft hover:bg-hover hover:text-ink',
  danger: 'border border-danger/40 text-danger hover:bg-danger-soft',
};

/** The look of a button, also for links that look like one. */
export const buttonClass = (kind: keyof typeof kinds = 'primary'): string =>
  `inline-flex h-10 items-center justify-center gap-2 rounded-xl px-4 text-[0.9375rem] font-medium transition-colors disabled:opacity-50 ${kinds[kind]}`;

/** A button with a text. */
export function Button({
  kind = 'primary',
  className = '',
  ...rest
}: ComponentProps<'button'> & { kind?: keyof typeof kinds }) {
  return <button type="button" className={`${buttonClass(kind)} ${className}`} {...rest} />;
}

/** A button with a picture only; `label` is its name and its hint. */
export function IconButton({ label, className = '', ...rest }: ComponentProps<'button'> & { label: string }) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      className={`grid size-9 shrink-0 place-items-center rounded-lg text-ink-soft transition-colors hover:bg-hover hover:text-ink disabled:opacity-40 disabled:hover:bg-transparent [&_svg]:size-[1.15rem] ${className}`}
      {...rest}
    />
  );
}
