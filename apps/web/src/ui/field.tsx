import { Eye, EyeOff } from 'lucide-react';
import { type ComponentProps, type ReactNode, useId, useState } from 'react';
import { text } from '../text/text.ts';

/** The look of text boxes. */
export const inputClass =
  'h-11 w-full rounded-xl border border-line-strong/60 bg-raised px-3.5 text-base outline-none transition-shadow placeholder:text-ink-faint focus:border-accent focus:ring-3 focus:ring-accent/20';

interface FieldProps extends Omit<ComponentProps<'input'>, 'id'> {
  label: string;
  hint?: ReactNode;
  error?: string | null;
  after?: ReactNode;
}

/** A labelled text box with its hint or error. */
export function Field({ label, hint, error, after, ...rest }: FieldProps) {
  const id = useId();
  const [shown, setShown] = useState(false);
  const isPassword = rest.type === 'password';
  const note = error ?? hint ?? undefined;
  return (
    <div className="grid gap-1.5">
      <div className="flex items-baseline justify-between gap-4">
        <label htmlFor={id} className="text-sm font-medium">
          {label}
        </label>
        {after}
      </div>
      <div className="relative">
        <input
          {...rest}
          id={id}
          type={isPassword && shown ? 'text' : rest.type}
          aria-invalid={(error ?? null) !== null || undefined}
          aria-describedby={note === undefined ? undefined : `${id}-note`}
          className={`${inputClass} ${isPassword ? 'pr-11' : ''}`}
        />
        {isPassword && (
          <button
            type="button"
            aria-label={shown ? text.auth.hide : text.auth.show}
            aria-pressed={shown}
            onClick={() => setShown(!shown)}
            className="absolute inset-y-0 right-1 my-auto grid size-9 place-items-center rounded-lg text-ink-faint hover:text-ink"
          >
            {shown ? <EyeOff className="size-4.5" /> : <Eye className="size-4.5" />}
          </button>
        )}
      </div>
      {note !== undefined && (
        <p
          id={`${id}-note`}
          className={`text-sm ${(error ?? null) === null ? 'text-ink-faint' : 'text-danger'}`}
        >
          {note}
        </p>
      )}
    </div>
  );
}

/** Something that went wrong or went well, above a form. */
export function Notice({ kind, children }: { kind: 'error' | 'info'; children: ReactNode }) {
  const look = kind === 'error' ? 'bg-danger-soft text-danger' : 'bg-accent-soft text-ink';
  return (
    <p
      role={kind === 'error' ? 'alert' : 'status'}
      className={`animate-arrive rounded-xl px-3.5 py-2.5 text-sm ${look}`}
    >
      {children}
    </p>
  );
}
