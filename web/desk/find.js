/** Finding a document. */
import { announce, debounced, h, newId } from './dom.js';
import { isChanged } from './document.js';

const TYPING_MS = 250;
const RESULTS = 20;

/** Returns the address of a document within the page. */
export const addressOf = (type, slug) => `#${encodeURIComponent(type)}/${encodeURIComponent(slug)}`;

/** Returns the view with the search. */
export function findView(desk) {
  const results = h('ul', { class: 'plain found-list' });
  const [textId, typeId] = [newId(), newId()];
  const text = h('input', { id: textId, type: 'search', autocomplete: 'off' });
  const options = desk.schema.contents.map(({ name, label }) => h('option', { value: name }, label));
  const type = h('select', { id: typeId }, h('option', { value: '' }, 'All types'), options);
  let latest = 0;
  const search = async () => {
    const own = (latest += 1);
    const found = await lookUp(desk, type.value, text.value).catch((refusal) => refusal);
    if (own !== latest) return;
    if (found instanceof Error) {
      results.replaceChildren(h('li', { class: 'problem' }, found.message));
      return;
    }
    results.replaceChildren(...found.map((one) => entry(desk, one)));
    const isAsked = text.value.trim() || type.value;
    if (isAsked && !found.length) results.append(h('li', { class: 'about' }, 'Nothing is found. Try other words, or another type.'));
    if (isAsked) announce(found.length === 1 ? 'One document' : `${found.length} documents`);
  };
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
    drafts(desk),
    results,
  );
}

async function lookUp(desk, type, text) {
  if (type) return (await desk.find(type, text, RESULTS)).map((found) => ({ type, ...found }));
  return text.trim() ? desk.search(text, RESULTS) : [];
}

function entry(desk, { type, slug, title }) {
  return h('li', {}, h('a', { href: addressOf(type, slug) }, title || slug), h('small', {}, `${desk.contentOf(type).label} · ${slug}`));
}

function drafts(desk) {
  const changed = [...desk.drafts.values()].filter(isChanged);
  if (!changed.length) return null;
  const list = changed.map(({ content, slug, base }) => entry(desk, { type: content.name, slug, title: base[content.title] }));
  return h(
    'section',
    { class: 'caveat' },
    h('h2', {}, 'Changed in this page, and not published'),
    h('ul', { class: 'plain found-list' }, list),
  );
}
