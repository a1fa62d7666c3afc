import type { Message } from '@amanda/client';
import { useAmanda, useAnswer, useChats, useConnection, useMessages, useSend } from '@amanda/client/react';
import { useState } from 'react';

/** Sign up, open a chat, ask, watch the answer grow. Reload in the middle, or pull the plug: it goes on. */
export function Page() {
  const { status } = useConnection();
  const [chatId, setChatId] = useState<number>();
  const { chats } = useChats();
  const { trpc } = useAmanda();
  if (status === 'signedOut') return <SignUp />;
  const begin = async () => setChatId((await trpc.chat.create.mutate({})).id);
  return (
    <main>
      <p role="status">{status}</p>
      <nav>
        <button type="button" onClick={() => void begin()}>
          New chat
        </button>
        {chats.map(({ id, title }) => (
          <button key={id} type="button" onClick={() => setChatId(id)}>
            {title}
          </button>
        ))}
      </nav>
      {chatId !== undefined && <Chat key={chatId} chatId={chatId} />}
    </main>
  );
}

function Chat({ chatId }: { chatId: number }) {
  const { messages } = useMessages(chatId);
  const send = useSend(chatId);
  const ask = (form: FormData) => send.mutate({ text: fieldOf(form, 'text') });
  return (
    <>
      <ol>
        {messages.map((message) => (
          <Line key={message.id} message={message} />
        ))}
        {send.isPending && <li>{send.variables.text}</li>}
      </ol>
      <form action={ask}>
        <input name="text" aria-label="Question" required />
        <button type="submit">Send</button>
      </form>
    </>
  );
}

/** Only the line that grows renders while it grows. */
function Line({ message }: { message: Message }) {
  const { text } = useAnswer(message);
  return <li>{text}</li>;
}

function SignUp() {
  const { trpc } = useAmanda();
  const [problem, setProblem] = useState('');
  const signUp = async (form: FormData) => {
    const input = { email: fieldOf(form, 'email'), password: fieldOf(form, 'password') };
    await trpc.auth.signUp.mutate(input).catch((error: Error) => setProblem(error.message));
  };
  return (
    <form action={signUp}>
      <input name="email" type="email" aria-label="E-mail" required />
      <input name="password" type="password" aria-label="Password" required />
      <button type="submit">Sign up</button>
      <p role="alert">{problem}</p>
    </form>
  );
}

function fieldOf(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === 'string' ? value : '';
}
