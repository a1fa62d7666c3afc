import { Link } from '@tanstack/react-router';
import { ArrowLeft } from 'lucide-react';
import { useEffect } from 'react';
import { pageTitle } from '../routes/page-title.ts';
import { text } from '../text/text.ts';
import { Appearance } from './appearance.tsx';
import { DeleteAccount } from './delete-account.tsx';
import { Devices } from './devices.tsx';
import { Password } from './password.tsx';
import { Profile } from './profile.tsx';
import { Tokens } from './tokens.tsx';

/** Everything about one's own account. */
export function SettingsPage() {
  useEffect(() => {
    pageTitle.set(text.settings.title);
  }, []);
  return (
    <main className="h-full overflow-y-auto">
      <div className="mx-auto w-full max-w-2xl px-4 pt-6 pb-20 sm:px-6">
        <Link
          to="/"
          className="-ml-2 inline-flex h-9 items-center gap-2 rounded-lg px-2 text-sm text-ink-soft hover:bg-hover hover:text-ink"
        >
          <ArrowLeft className="size-4" aria-hidden />
          {text.settings.back}
        </Link>
        <h1 className="mt-3 text-[1.75rem] font-semibold tracking-[-0.022em]">{text.settings.title}</h1>
        <div className="mt-7 grid gap-5">
          <Profile />
          <Appearance />
          <Password />
          <Devices />
          <Tokens />
          <DeleteAccount />
        </div>
      </div>
    </main>
  );
}
