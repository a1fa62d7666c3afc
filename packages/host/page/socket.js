/** The session that opened the socket has ended; see `closeCodes` of the server. */
const SESSION_ENDED = 4401;

/**
 * Speaks tRPC over WebSocket (https://trpc.io/docs/rpc), just enough for this page. Reconnects for ever, with jitter;
 * subscriptions resume after the last event that was seen, and calls that were not answered fail.
 */
export function connect({ onState, onSessionEnd }) {
  const subscriptions = new Map();
  const calls = new Map();
  let nextId = 1;
  let socket = null;
  let attempts = 0;
  let closed = false;

  const send = (message) => socket.readyState === WebSocket.OPEN && socket.send(JSON.stringify(message));

  function start(id, { path, input, lastEventId }) {
    const params = { path, input: { json: { ...input, ...(lastEventId && { lastEventId }) } } };
    send({ id, method: 'subscription', params });
  }

  function receive({ id, method, error, result }) {
    if (method === 'reconnect') return;
    const call = calls.get(id);
    const subscription = subscriptions.get(id);
    if (call) {
      calls.delete(id);
      if (error) call.reject(new Error(error.json.message));
      else call.resolve(result.data.json);
    } else if (subscription && error) {
      subscriptions.delete(id);
      subscription.onError(new Error(error.json.message));
    } else if (subscription && result.type === 'data') {
      const event = result.data.json;
      subscription.lastEventId = event.id;
      subscription.onEvent(event.data);
    }
  }

  function open() {
    socket = new WebSocket(`${location.origin.replace(/^http/, 'ws')}/trpc`);
    socket.addEventListener('open', () => {
      attempts = 0;
      onState('open');
      for (const [id, subscription] of subscriptions) start(id, subscription);
      for (const call of calls.values()) send(call.message);
    });
    socket.addEventListener('message', ({ data }) => {
      if (data === 'PING') socket.send('PONG');
      else if (data !== 'PONG') receive(JSON.parse(data));
    });
    socket.addEventListener('close', ({ code }) => {
      if (closed) return;
      if (code === SESSION_ENDED) {
        onSessionEnd();
        return;
      }
      onState('connecting');
      for (const [id, call] of calls) {
        if (call.repeatable) continue;
        calls.delete(id);
        call.reject(new Error('The connection was lost. Please try again.'));
      }
      const delay = Math.min(10_000, 250 * 2 ** attempts) * (0.5 + Math.random());
      attempts += 1;
      setTimeout(() => closed || open(), delay);
    });
  }

  onState('connecting');
  open();
  return {
    /** Calls a procedure; queries and sends with a `clientId` are repeated on the next socket if this one breaks. */
    call(method, path, input) {
      const id = nextId++;
      const { promise, resolve, reject } = Promise.withResolvers();
      const message = { id, method, params: { path, input: { json: input } } };
      const repeatable = method === 'query' || input.clientId !== undefined;
      calls.set(id, { message, repeatable, resolve, reject });
      send(message);
      return promise;
    },
    /** Follows a subscription from `lastEventId` on; answers a function that ends it. */
    subscribe(path, input, lastEventId, { onEvent, onError }) {
      const id = nextId++;
      subscriptions.set(id, { path, input, lastEventId, onEvent, onError });
      start(id, subscriptions.get(id));
      return () => {
        if (subscriptions.delete(id)) send({ id, method: 'subscription.stop' });
      };
    },
    close() {
      closed = true;
      socket.close();
    },
  };
}
