import type { Chat } from '@amanda/client';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useClient } from '../server/client.ts';
import { errorText } from '../session/session.ts';
import { text } from '../text/text.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Field } from '../ui/field.tsx';
import { patchChats, reloadChats } from './chats-query.ts';

/** Asks for another title. */
export function RenameDialog({ chat, onClose }: { chat: Chat; onClose: () => void }) {
  const client = useClient();
  const queries = useQueryClient();
  const [title, setTitle] = useState(chat.title);
  const [error, setError] = useState<string | null>(null);
  const save = async () => {
    patchChats(queries, (each) => (each.id === chat.id ? { ...each, title: title.trim() } : each));
    try {
      await client.trpc.chat.rename.mutate({ chatId: chat.id, title });
      onClose();
    } catch (thrown) {
      setError(errorText(thrown));
      void reloadChats(queries);
    }
  };
  return (
    <Dialog open onClose={onClose} title={text.chats.renameTitle}>
      <form
        className="grid gap-5 px-6 pt-4 pb-6"
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <Field
          label={text.chats.title}
          value={title}
          error={error}
          maxLength={100}
          autoFocus
          required
          onChange={({ target }) => setTitle(target.value)}
        />
        <div className="flex justify-end gap-2">
          <Button kind="quiet" onClick={onClose}>
            {text.cancel}
          </Button>
          <Button type="submit" disabled={title.trim() === ''}>
            {text.save}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
