/** Attributes that mean something elsewhere, too. */
const kept = new Set(['href', 'dir', 'open', 'start', 'align']);

/** What is shown of an answer as HTML for other programs: formulas as their source, without our buttons and classes. */
export function formattedOf(shown: Element): string {
  const copy = shown.cloneNode(true);
  if (!(copy instanceof Element)) return '';
  for (const formula of copy.querySelectorAll('.katex')) {
    const source = formula.querySelector('annotation')?.textContent ?? formula.textContent;
    const marks = formula.closest('.katex-display') === null ? '$' : '$$';
    const whole = formula.closest('.math-inline, .math-block') ?? formula;
    whole.replaceWith(`${marks}${source}${marks}`);
  }
  for (const code of copy.querySelectorAll('figure')) {
    const pre = code.querySelector('pre');
    if (pre === null) continue;
    pre.replaceChildren(wrapped('code', pre.textContent));
    code.replaceWith(pre);
  }
  for (const task of copy.querySelectorAll('.task')) {
    task.replaceWith(task.getAttribute('aria-label') === 'done' ? '☑' : '☐');
  }
  for (const box of copy.querySelectorAll('div')) box.replaceWith(...box.childNodes);
  for (const element of copy.querySelectorAll('*')) {
    for (const name of element.getAttributeNames()) if (!kept.has(name)) element.removeAttribute(name);
  }
  return copy.innerHTML;
}

function wrapped(name: string, text: string): Element {
  const element = document.createElement(name);
  element.textContent = text;
  return element;
}
