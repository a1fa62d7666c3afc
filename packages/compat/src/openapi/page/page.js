/** Makes an element; `properties` are set on it. */
function element(name, properties, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

/** An example value for a JSON schema of the document. */
function example(schema) {
  if (schema.anyOf) return example(schema.anyOf[0]);
  if (schema.type === 'object') {
    const entries = Object.entries(schema.properties ?? {});
    return Object.fromEntries(entries.map(([name, property]) => [name, example(property)]));
  }
  return schema.type === 'string' ? '' : null;
}

function renderOperation(path, method, operation) {
  const id = operation.parameters?.length ? element('input', { type: 'number', min: 1, value: 1 }) : null;
  const schema = operation.requestBody?.content['application/json'].schema;
  const body = schema
    ? element('textarea', { rows: 5, value: JSON.stringify(example(schema), null, 2), spellcheck: false })
    : null;
  const answer = element('pre', { hidden: true });
  answer.setAttribute('aria-live', 'polite');
  const send = element('button', { type: 'button', textContent: 'Send' });
  send.addEventListener('click', async () => {
    answer.hidden = false;
    answer.textContent = '…';
    try {
      const response = await fetch(path.replace('{chat_id}', id?.value ?? ''), {
        method: method.toUpperCase(),
        ...(body && { headers: { 'content-type': 'application/json' }, body: body.value }),
      });
      const text = await response.text();
      answer.textContent = `${response.status} ${response.statusText}\n${pretty(text)}`;
    } catch (error) {
      answer.textContent = String(error);
    }
  });
  const statuses = Object.entries(operation.responses).map(([status, { description }]) =>
    element('li', {}, `${status}: ${description}`),
  );
  return element(
    'details',
    {},
    element('summary', {}, element('code', {}, `${method.toUpperCase()} ${path}`), ` ${operation.summary}`),
    ...(id ? [element('label', {}, 'chat_id ', id)] : []),
    ...(body ? [element('label', {}, 'Body', body)] : []),
    send,
    answer,
    element('ul', {}, ...statuses),
  );
}

function renderEvent({ name, payload, summary }) {
  return [
    element('dt', {}, element('code', {}, name)),
    element('dd', {}, summary, element('pre', { textContent: JSON.stringify(payload, null, 2) })),
  ];
}

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

const response = await fetch('/api/openapi.json');
const { paths, 'x-socket-io': events } = await response.json();
for (const [path, methods] of Object.entries(paths)) {
  for (const [method, operation] of Object.entries(methods)) {
    document.querySelector('#operations').append(renderOperation(path, method, operation));
  }
}
for (const [side, described] of [
  ['client', events.client],
  ['server', events.server],
]) {
  document.querySelector(`#${side}-events`).append(...described.flatMap(renderEvent));
}
