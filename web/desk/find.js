/** Finding a document. */
import { NEW, addressOf } from './address.js';
import { announce, button, debounced, h, newId } from './dom.js';
import { isChanged } from './document.js';

const TYPING_MS = 250;
/** Records of a page. */
const RESULTS = 50;

/** Returns the view with the search. */
export function findView(desk) {
  const results = h('ul', { class: 'plain found-list' });
  const more = h('div', {});
  const [textId, typeId] = [newId(), newId()];
  const text = h('input', { id: textId, type: 'search', autocomplete: 'off' });
  const options = desk.schema.contents.map(({ name, label }) => h('option', { value: name }, label));
  const type = h('select', { id: typeId }, h('option', { value: '' }, 'All types'), options);
  let latest = 0;
  const read = async (after) => {
    const own = (latest += 1);
    const found = await lookUp(desk, type.value, text.value, after).catch((refusal) => refusal);
    return own === latest ? found : undefined;
  };
  /** Adds a page of records. The focus moves to the first of those that the editor has requested. */
  const add = ({ records, total, next }, isMore) => {
    const entries = records.map((one) => entry(desk, one));
    results.append(...entries);
    const shown = results.children.length;
    const position = total ? [h('p', { class: 'about' }, shown < total ? `${shown} of ${total}` : `All ${total}`)] : [];
    const further = next ? [button('Show more', () => show(next), { class: 'quiet' })] : [];
    more.replaceChildren(...position, ...further);
    if (isMore) entries[0]?.querySelector('a').focus();
    announce(total === 1 ? 'One document' : `${total} documents`);
  };
  const show = async (after) => {
    const found = await read(after);
    if (!found) return;
    if (!after) results.replaceChildren();
    if (found instanceof Error) {
      more.replaceChildren(h('p', { class: 'problem' }, found.message));
      return;
    }
    const isAsked = text.value.trim() || type.value;
    if (isAsked) add(found, Boolean(after));
    else more.replaceChildren();
    if (isAsked && !found.total) results.append(h('li', { class: 'about' }, 'Nothing is found. Try other words, or another type.'));
  };
  const search = () => show(null);
  const later = debounced(TYPING_MS, search);
  text.addEventListener('input', later);
  type.addEventListener('change', search);
  search();
  const submit = (event) => {
    event.preventDefault();
    search();
  };
  return h(
    'div',
    { class: 'find' },
    h('h1', { class: 'view-title' }, 'Which document do you want to change?'),
    h(
      'form',
      { class: 'filters', role: 'search', submit },
      h('label', { class: 'wide', for: textId }, h('span', {}, 'Words of the document'), text),
      h('label', { for: typeId }, h('span', {}, 'Type'), type),
    ),
    creation(desk),
    overdue(desk),
    drafts(desk),
    results,
    more,
  );
}

async function lookUp(desk, type, text, after) {
  if (type) return desk.find(type, text, RESULTS, after);
  return text.trim() ? desk.search(text, RESULTS, after) : { records: [], total: 0, next: null };
}

/** Returns the links to an empty document of each type. */
function creation(desk) {
  const links = desk.schema.contents.map(({ name, label }) => h('li', {}, h('a', { href: addressOf(name, NEW) }, label)));
  return h('details', { class: 'creation' }, h('summary', {}, 'Create a document'), h('ul', { class: 'plain' }, links));
}

/**
 * Returns the list of the documents whose review, or the review of a record in them, is overdue. It is read each time when the editor
 * opens it.
 */
function overdue(desk) {
  const list = h('ul', { class: 'plain found-list' });
  const box = h('details', { class: 'creation' }, h('summary', {}, 'Overdue reviews'), list);
  const read = async () => {
    const found = await desk.overdue(RESULTS).catch((refusal) => refusal);
    if (found instanceof Error) {
      list.replaceChildren(h('li', { class: 'problem' }, found.message));
      return;
    }
    const { records, total } = found;
    const more = total - records.length;
    const last = [total === 0 && 'No review is overdue.', more > 0 && `and ${more} more`].filter(Boolean);
    list.replaceChildren(...records.map((one) => entry(desk, one)), ...last.map((text) => h('li', { class: 'about' }, text)));
  };
  box.addEventListener('toggle', () => box.open && read());
  return box;
}

/** Returns the entry of a record. It leads to the document of the record: its own one, or that of its `owner`. */
function entry(desk, { type, slug, title, due, owner = { type, slug } }) {
  const { label } = desk.contentOf(type);
  if (slug === NEW) return h('li', {}, h('a', { href: addressOf(type, slug) }, title || `New: ${label.toLowerCase()}`));
  const about = `${label} · ${slug}${due ? ` · review due ${due}` : ''}`;
  return h('li', {}, h('a', { href: addressOf(owner.type, owner.slug) }, title || slug), h('small', {}, about));
}

function drafts(desk) {
  const changed = [...desk.drafts.values()].filter(isChanged);
  if (!changed.length) return null;
  const list = changed.map(({ content, slug, document }) => entry(desk, { type: content.name, slug, title: document[content.title] }));
  return h(
    'section',
    { class: 'caveat' },
    h('h2', {}, 'Changed in this page, and not published'),
    h('ul', { class: 'plain found-list' }, list),
  );
}
