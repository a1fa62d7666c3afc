import { useSignal } from '../server/signal.ts';
import { text } from '../text/text.ts';
import { reading, themeChoice } from '../theme/theme.ts';
import { Choice } from './choice.tsx';
import { Section } from './section.tsx';

/** How the page looks and reads on this device. */
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
      </div>
    </Section>
  );
}
