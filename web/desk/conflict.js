/** Two editors of one document: what each has changed, and a choice where both have changed the same value. */
import { button, h, newId } from './dom.js';
import { differences, leaf } from './difference.js';
import { mergeDocuments } from './merge.js';

/**
 * Returns the view of a conflict. `stored` is the document as it is published now. `resolved` is called with the merged document,
 * which has the chosen values.
 */
export function conflictView(desk, { content, base, document }, stored, resolved) {
  const merged = (decide) => mergeDocuments(desk.schema, content, { base, theirs: stored.document, yours: document }, decide);
  const parts = [];
  merged((part) => {
    parts.push({ ...part, chosen: part.isBoth ? 'yours' : 'theirs' });
    return part.theirs;
  });
  const go = button('Continue with these', () => {
    const values = parts.map((part) => part[part.chosen]);
    resolved(merged(() => values.shift()));
  });
  const shown = parts.map((part) => {
    const title = part.trail.map(({ label }) => label).join(' › ');
    const compared = (value) => h('ul', { class: 'plain' }, differences(desk, part.field, part.base, value, part.trail).map(leaf));
    if (!part.isBoth) return h('section', {}, h('h3', {}, `${title}: changed by the other editor`), compared(part.theirs));
    const sides = { theirs: compared(part.theirs), yours: compared(part.yours) };
    return h('section', {}, h('h3', {}, `${title}: changed by both`), choices(part, title, sides));
  });
  const sentence = parts.some(({ isBoth }) => isBoth)
    ? 'Another editor has published changes of this document, also of values that you have changed. Choose which to keep. Your changes are not published yet.'
    : 'Another editor has published changes of other values of this document. Both can stay. Your changes are not published yet.';
  return h('div', { class: 'conflict' }, h('p', { class: 'caveat', role: 'alert' }, sentence), shown, go);
}

function choices(part, title, sides) {
  const name = newId();
  const choice = (which, label) => {
    const checked = part.chosen === which;
    const input = h('input', { type: 'radio', name, checked, change: () => (part.chosen = which) });
    return h('div', { class: 'side-of' }, h('label', { class: 'tick' }, input, label), sides[which]);
  };
  return h(
    'fieldset',
    {},
    h('legend', { class: 'visually-hidden' }, `${title}: which to keep`),
    choice('theirs', 'Theirs'),
    choice('yours', 'Yours'),
  );
}
