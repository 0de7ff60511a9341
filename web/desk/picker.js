/** References to other records: the chosen record, and a search to choose another one. */
import { announce, button, debounced, h } from './dom.js';

const TYPING_MS = 250;
const SUGGESTIONS = 8;

/** Returns the control of one reference. */
export function referenceControl(desk, field, value, change, name) {
  const place = h('div', { class: 'reference' });
  const choose = (slug) => {
    change(slug);
    show(slug);
    place.querySelector('button').focus();
  };
  const search = () => {
    const close = () => {
      show(value);
      place.querySelector('button').focus();
    };
    const panel = searchPanel(desk, field.target, name, choose, close);
    place.replaceChildren(panel);
    panel.querySelector('input').focus();
  };
  const show = (slug) => {
    value = slug;
    const empty = button('Choose a record', search, { class: 'quiet', 'aria-label': `${name}: choose a record`, 'data-control': true });
    const change = button('Choose another', search, { class: 'quiet', 'aria-label': `${name}: choose another`, 'data-control': true });
    place.replaceChildren(...(slug ? [recordName(desk, field.target, slug), change] : [empty]));
  };
  show(value);
  return place;
}

/** Returns the name of a record, which replaces its slug as soon as it is known. */
export function recordName(desk, target, slug) {
  const element = h('span', { class: 'chosen' }, slug);
  desk.titleOf(target.name, slug).then((title) => {
    if (title !== slug) element.replaceChildren(title, h('small', {}, slug));
  });
  return element;
}

/** Returns a search for a record of a type. */
export function searchPanel(desk, target, name, choose, close) {
  const results = h('ul', { class: 'results' });
  let latest = 0;
  const search = async (text) => {
    const own = (latest += 1);
    const found = await desk.find(target.name, text, SUGGESTIONS).catch((refusal) => refusal);
    if (own !== latest) return;
    if (found instanceof Error) {
      results.replaceChildren(h('li', { class: 'problem' }, found.message));
      return;
    }
    const option = ({ slug, title }) =>
      h(
        'li',
        {},
        button([title, h('small', {}, slug)], () => choose(slug), { class: 'result' }),
      );
    const { records, total } = found;
    results.replaceChildren(...records.map(option));
    if (records.length < total) {
      results.append(h('li', { class: 'about' }, `The first ${records.length} of ${total}. Type words to find others.`));
    }
    if (!total) results.append(h('li', { class: 'about' }, 'Nothing is found by these words.'));
    announce(total === 1 ? 'One record' : `${total} records`);
  };
  const later = debounced(TYPING_MS, search);
  const input = h('input', {
    type: 'search',
    'aria-label': `${name}: search`,
    placeholder: 'Search by words',
    input: () => later(input.value),
  });
  const keys = (event) => {
    if (event.key === 'Escape') {
      event.stopPropagation();
      close();
    }
    if (event.key === 'Enter') event.preventDefault();
  };
  search('');
  return h('div', { class: 'panel', keydown: keys }, input, results, button('Cancel', close, { class: 'quiet' }));
}
