/** Two editors of one document: what each has changed, and a choice where both have changed the same field. */
import { button, h, newId } from './dom.js';
import { differences, leaf } from './difference.js';
import { fieldsOf } from './schema.js';
import { changedFields, isSame } from './values.js';

/**
 * Returns the view of a conflict. `stored` is the document as it is published now. `resolved` takes the document with the chosen values:
 * theirs, with your changes on top.
 */
export function conflictView(desk, draft, stored, resolved) {
  const { content, base, document } = draft;
  const yours = changedFields(content, base, document);
  const theirs = changedFields(content, base, stored.document);
  const both = Object.keys(yours).filter((name) => name in theirs && !isSame(yours[name], theirs[name]));
  const fields = fieldsOf(desk.schema, content.document, content.output).filter(({ name }) => name in theirs);
  const chosen = new Map(both.map((name) => [name, 'yours']));
  const go = button('Continue with these', () => {
    const kept = Object.entries(yours).filter(([name]) => chosen.get(name) !== 'theirs');
    resolved({ ...stored.document, ...Object.fromEntries(kept) });
  });
  const shown = fields.map((field) => {
    const isBoth = chosen.has(field.name);
    const trail = [{ label: field.label }];
    const compared = (value) => h('ul', { class: 'plain' }, differences(desk, field, base[field.name], value, trail).map(leaf));
    if (!isBoth) return h('section', {}, h('h3', {}, `${field.label}: theirs, which stays`), compared(theirs[field.name]));
    return h(
      'section',
      {},
      h('h3', {}, `${field.label}: both`),
      choices(field, chosen, { theirs: compared(theirs[field.name]), yours: compared(yours[field.name]) }),
    );
  });
  const sentence = both.length
    ? 'Another editor has published changes of this document, also of fields that you have changed. Choose which to keep. Nothing is published yet.'
    : 'Another editor has published changes of other fields of this document. Both can stay. Nothing is published yet.';
  return h('div', { class: 'conflict' }, h('p', { class: 'caveat', role: 'alert' }, sentence), shown, go);
}

function choices(field, chosen, shown) {
  const name = newId();
  const choice = (which, label) => {
    const input = h('input', {
      type: 'radio',
      name,
      checked: chosen.get(field.name) === which,
      change: () => chosen.set(field.name, which),
    });
    return h('div', { class: 'side-of' }, h('label', { class: 'tick' }, input, label), shown[which]);
  };
  return h(
    'fieldset',
    {},
    h('legend', { class: 'visually-hidden' }, `${field.label}: which to keep`),
    choice('theirs', 'Theirs'),
    choice('yours', 'Yours'),
  );
}
