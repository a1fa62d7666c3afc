import { connect } from './socket.js';

const byId = (id) => document.getElementById(id);
const [account, talk, list, composer] = ['account', 'talk', 'messages', 'composer'].map(byId);
const notes = {
  streaming: 'writing…',
  stopped: 'stopped',
  failed: 'The answer could not be finished.',
  interrupted: 'interrupted',
};

let socket = null;
let chatId = null;
let writing = null;

/** Calls a procedure over HTTP: only there a cookie can be set. */
async function post(path, input) {
  const response = await fetch(`/trpc/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ json: input }),
  });
  const { error, result } = await response.json();
  if (error) throw new Error(error.json.message);
  return result.data.json;
}

function show(message) {
  const item =
    list.querySelector(`[data-id="${message.id}"]`) ?? list.appendChild(document.createElement('li'));
  item.dataset.id = message.id;
  item.className = message.role;
  item.textContent = message.text;
  const note = notes[message.status];
  if (note) item.dataset.note = note;
  else delete item.dataset.note;
  list.scrollTop = list.scrollHeight;
}

/** Shows an answer while it is written. Deltas are applied by offset, never appended: after a reconnect they overlap. */
function follow(message) {
  let text = message.text;
  const update = (status) => show({ ...message, text, status });
  const stop = socket.subscribe('message.stream', { messageId: message.id }, message.eventId, {
    onEvent(event) {
      if (event.type === 'delta' && event.offset <= text.length) {
        text += event.text.slice(text.length - event.offset);
        update('streaming');
      } else if (event.type === 'delta') {
        // Something is missing: begin again from what is shown.
        stop();
        open(chatId).catch(report);
      } else if (event.type === 'reset') {
        text = event.text;
        update('streaming');
      } else if (event.type === 'end') {
        text = event.message?.text ?? text;
        update(event.status);
        setWriting(null);
      }
    },
    onError(error) {
      report(error);
      setWriting(null);
    },
  });
  setWriting({ messageId: message.id, stop });
  update('streaming');
}

function setWriting(next) {
  writing?.stop();
  writing = next;
  byId('stop').hidden = next === null;
  composer.querySelector('[type=submit]').disabled = next !== null;
}

function report(error) {
  byId('connection').textContent = error.message;
}

async function open(id) {
  chatId = id;
  setWriting(null);
  list.replaceChildren();
  const { items } = await socket.call('query', 'message.list', { chatId: id });
  items.forEach(show);
  const last = items.at(-1);
  if (last?.status === 'streaming') follow(last);
}

async function enter() {
  account.hidden = true;
  for (const part of [talk, byId('new-chat'), byId('log-out')]) part.hidden = false;
  socket = connect({
    onState: (state) => {
      byId('connection').textContent = state === 'open' ? '' : 'Connecting…';
    },
    onSessionEnd: leave,
  });
  const { items } = await socket.call('query', 'chat.list', { limit: 1 });
  const chat = items[0] ?? (await socket.call('mutation', 'chat.create', {}));
  await open(chat.id);
}

function leave() {
  setWriting(null);
  socket?.close();
  socket = null;
  list.replaceChildren();
  for (const part of [talk, byId('new-chat'), byId('log-out')]) part.hidden = true;
  account.hidden = false;
}

async function begin(procedure) {
  const fields = new FormData(account);
  byId('problem').textContent = '';
  try {
    await post(procedure, { email: fields.get('email'), password: fields.get('password') });
    account.reset();
    await enter();
  } catch (error) {
    byId('problem').textContent = error.message;
  }
}

account.addEventListener('submit', (event) => {
  event.preventDefault();
  void begin(event.submitter?.value ?? 'auth.logIn');
});

async function send() {
  const text = composer.elements.text.value;
  if (text.trim() === '' || writing) return;
  composer.reset();
  const clientId = crypto.randomUUID?.();
  try {
    const turn = await socket.call('mutation', 'message.send', {
      chatId,
      text,
      ...(clientId && { clientId }),
    });
    show({ id: turn.questionId, role: 'user', text });
    follow({ id: turn.messageId, role: 'assistant', text: '', eventId: turn.eventId });
  } catch (error) {
    composer.elements.text.value = text;
    report(error);
  }
}

composer.addEventListener('submit', (event) => {
  event.preventDefault();
  void send();
});

composer.addEventListener('keydown', (event) => {
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  composer.requestSubmit();
});

byId('stop').addEventListener('click', () => {
  socket.call('mutation', 'message.stop', { messageId: writing.messageId }).catch(report);
});
byId('new-chat').addEventListener('click', () => {
  socket
    .call('mutation', 'chat.create', {})
    .then(({ id }) => open(id))
    .catch(report);
  composer.elements.text.focus();
});
byId('log-out').addEventListener('click', () => {
  post('auth.logOut').then(leave, report);
});

const checked = await (await fetch('/trpc/auth.check')).json();
if (checked.result.data.json.authenticated) await enter();
else account.hidden = false;
