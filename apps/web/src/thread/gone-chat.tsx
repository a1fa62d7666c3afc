import { Link } from '@tanstack/react-router';
import { useEffect } from 'react';
import { pageTitle } from '../routes/page-title.ts';
import { text } from '../text/text.ts';
import { buttonClass } from '../ui/button.tsx';
import { Apart } from './apart.tsx';
import { TopBar } from './top-bar.tsx';

/** In the place of a chat that does not exist, or not for this user. */
export function GoneChat() {
  useEffect(() => {
    pageTitle.set(text.chats.gone);
  }, []);
  return (
    <div className="flex h-full flex-col">
      <TopBar chat={undefined} />
      <Apart title={text.chats.gone} lead={text.chats.goneLead}>
        <Link to="/" className={buttonClass()}>
          {text.chats.new}
        </Link>
      </Apart>
    </div>
  );
}
