import { useState } from 'react';
import { chooseNotices, notices, permission } from '../notices/notices.ts';
import { useSignal } from '../server/signal.ts';
import { text } from '../text/text.ts';
import { reading, themeChoice } from '../theme/theme.ts';
import { Choice } from './choice.tsx';
import { Section } from './section.tsx';

/** How the page looks, reads and tells on this device. */
export function Appearance() {
  return (
    <Section title={text.settings.appearance}>
      <div className="grid gap-5">
        <Choice
          label={text.settings.theme}
          options={text.settings.themes}
          value={useSignal(themeChoice)}
          onChange={themeChoice.set}
        />
        <Choice
          label={text.settings.reading}
          options={text.settings.readings}
          value={useSignal(reading)}
          onChange={reading.set}
        />
        {permission() !== null && <NoticeChoice />}
      </div>
    </Section>
  );
}

function NoticeChoice() {
  const [isBlocked, setBlocked] = useState(permission() === 'denied');
  const chosen = useSignal(notices);
  return (
    <div>
      <Choice
        label={text.settings.notices}
        options={text.settings.noticeChoices}
        value={isBlocked ? 'title' : chosen}
        onChange={(choice) => void chooseNotices(choice).then((allowed) => setBlocked(!allowed))}
      />
      {isBlocked && (
        <p role="status" className="mt-1.5 text-sm text-ink-soft">
          {text.settings.noticesBlocked}
        </p>
      )}
    </div>
  );
}
