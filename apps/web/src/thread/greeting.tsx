import { Code, Lightbulb, PenLine, Scale } from 'lucide-react';
import { text } from '../text/text.ts';
import { Logo } from '../ui/logo.tsx';

const pictures = [Lightbulb, PenLine, Code, Scale];

/**
 * An empty chat: says what it is, and offers ways to begin that fill the box.
 * @param props.name of the reader; null for one without, undefined as long as that is not known
 */
export function Greeting(props: { name: string | null | undefined; onChoose: (words: string) => void }) {
  return (
    <div className="mx-auto flex min-h-[calc(100cqh-1rem)] max-w-xl flex-col items-center justify-center py-8 text-center">
      <Logo className="size-12" />
      <h1
        className={`mt-5 text-[1.75rem] font-semibold tracking-[-0.022em] text-balance ${props.name === undefined ? 'invisible' : ''}`}
      >
        {text.thread.greeting(props.name ?? null)}
      </h1>
      <p className="mt-2.5 max-w-md text-[0.9875rem] text-pretty text-ink-soft">{text.thread.greetingLead}</p>
      <ul className="mt-8 grid w-full grid-cols-1 gap-2 min-[26rem]:grid-cols-2">
        {text.thread.starters.map(({ prompt, title }, index) => {
          const Picture = pictures[index] ?? Lightbulb;
          return (
            <li key={title}>
              <button
                type="button"
                onClick={() => props.onChoose(prompt)}
                className="flex w-full items-center gap-3 rounded-2xl border border-line bg-raised px-4 py-3.5 text-left text-[0.9375rem] font-medium transition-colors hover:border-line-strong/60 hover:bg-hover"
              >
                <Picture className="size-4.5 shrink-0 text-accent" aria-hidden />
                {title}
              </button>
            </li>
          );
        })}
      </ul>
    </div>
  );
}
