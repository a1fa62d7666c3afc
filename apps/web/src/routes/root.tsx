import { Link, Outlet, useRouter } from '@tanstack/react-router';
import { type ReactNode, useEffect } from 'react';
import { text } from '../text/text.ts';
import { Announcer } from '../ui/announcer.tsx';
import { Button, buttonClass } from '../ui/button.tsx';
import { Logo } from '../ui/logo.tsx';
import { pageTitle } from './page-title.ts';

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
export function Unreachable() {
  const router = useRouter();
  return (
    <Instead title={text.connection.unreachable} lead={text.connection.unreachableLead}>
      <Button className="mt-3" onClick={() => void router.invalidate()}>
        {text.tryAgain}
      </Button>
    </Instead>
  );
}

/** At an address that leads nowhere. */
export function Missing() {
  useEffect(() => {
    pageTitle.set(text.missing.title);
  }, []);
  return (
    <Instead title={text.missing.title} lead={text.missing.lead}>
      <Link to="/" className={`mt-3 ${buttonClass()}`}>
        {text.auth.toChats}
      </Link>
    </Instead>
  );
}

function Instead({ children, lead, title }: { title: string; lead: string; children: ReactNode }) {
  return (
    <main className="grid h-full place-content-center justify-items-center gap-3 px-6 text-center">
      <Logo className="size-11" />
      <h1 className="pt-2 text-xl font-semibold tracking-tight">{title}</h1>
      <p className="max-w-sm text-balance text-ink-soft">{lead}</p>
      {children}
    </main>
  );
}
