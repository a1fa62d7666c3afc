import { Outlet, useRouter } from '@tanstack/react-router';
import { text } from '../text/text.ts';
import { Announcer } from '../ui/announcer.tsx';
import { Button } from '../ui/button.tsx';
import { Logo } from '../ui/logo.tsx';

/** Around every page. */
export function Root() {
  return (
    <>
      <Outlet />
      <Announcer />
    </>
  );
}

/** While a page is on its way. */
export function Waiting() {
  return (
    <div className="grid h-full place-items-center" role="status" aria-label={text.loading}>
      <Logo className="size-10 animate-shimmer" />
    </div>
  );
}

/** When a page cannot be shown: the server is away, or a part of the page could not be loaded. */
export function Unreachable({ error }: { error: unknown }) {
  const router = useRouter();
  return (
    <main className="grid h-full place-content-center justify-items-center gap-3 px-6 text-center">
      <Logo className="size-11" />
      <h1 className="pt-2 text-xl font-semibold tracking-tight">{text.connection.unreachable}</h1>
      <p className="max-w-sm text-ink-soft">{text.connection.unreachableLead}</p>
      <Button
        className="mt-3"
        onClick={() =>
          error instanceof Error && error.message === '404' ? location.assign('/') : void router.invalidate()
        }
      >
        {text.tryAgain}
      </Button>
    </main>
  );
}
