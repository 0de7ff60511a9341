/** Lists: entries that can be added, removed, and moved up and down. */
import { announce, button, h } from './dom.js';
import { recordName, searchPanel } from './picker.js';

/**
 * Returns the editor of a list. `render(value, set, name)` makes the element of an entry; `set` takes its new value. `more(add)` makes the
 * elements that add entries, and `add(value)` adds one. `singular` names an entry.
 */
export function listEditor({ values, render, more, singular, change }) {
  const entries = values.map((value) => ({ value }));
  const list = h('ol', { class: 'entries' });
  const tell = () => change(entries.map(({ value }) => value));
  const nameOf = (entry) => `${singular} ${entries.indexOf(entry) + 1}`;

  const move = (entry, by) => {
    const from = entries.indexOf(entry);
    const to = from + by;
    entries.splice(from, 1);
    entries.splice(to, 0, entry);
    list.insertBefore(entry.element, list.children[to + (by > 0 ? 1 : 0)] ?? null);
    refresh();
    const [up, down] = entry.moves;
    (by < 0 === up.disabled ? down : up).focus();
    announce(`Moved to place ${to + 1} of ${entries.length}`);
    tell();
  };
  const remove = (entry) => {
    const at = entries.indexOf(entry);
    entries.splice(at, 1);
    entry.element.remove();
    refresh();
    (entries[at] ?? entries[at - 1])?.removal.focus();
    if (!entries.length) adding.querySelector('button')?.focus();
    announce(`Removed. ${entries.length} left`);
    tell();
  };
  const refresh = () => {
    entries.forEach((entry, at) => {
      entry.moves[0].disabled = at === 0;
      entry.moves[1].disabled = at === entries.length - 1;
      [...entry.moves, entry.removal].forEach((one) => one.setAttribute('aria-label', `${one.title}: ${nameOf(entry)}`));
    });
  };
  const append = (entry) => {
    entry.moves = [
      button('↑', () => move(entry, -1), { class: 'small', title: 'Move up' }),
      button('↓', () => move(entry, 1), { class: 'small', title: 'Move down' }),
    ];
    entry.removal = button('Remove', () => remove(entry), { class: 'small', title: 'Remove' });
    const set = (value) => {
      entry.value = value;
      tell();
    };
    const body = h(
      'div',
      { class: 'entry-body' },
      render(entry.value, set, () => nameOf(entry)),
    );
    entry.element = h('li', { 'data-entry': true }, body, h('div', { class: 'entry-actions' }, entry.moves, entry.removal));
    list.append(entry.element);
  };
  const adding = h('div', { class: 'adding' });
  const add = (value) => {
    const entry = { value };
    entries.push(entry);
    append(entry);
    refresh();
    tell();
    return entry.element;
  };
  adding.append(...more(add, () => entries.map(({ value }) => value)));
  entries.forEach(append);
  refresh();
  return h('div', {}, list, adding);
}

/** Returns the editor of a list of references. */
export function referencesControl(desk, field, value, change, name) {
  const more = (add, present) => {
    const place = h('div');
    const open = () => {
      const choose = (slug) => {
        if (present().includes(slug)) announce('This record is in the list already');
        else add(slug);
        close();
      };
      const panel = searchPanel(desk, field.target, name, choose, close);
      place.replaceChildren(panel);
      panel.querySelector('input').focus();
    };
    const opener = button('Add', open, { class: 'quiet', 'aria-label': `Add to ${name}`, 'data-control': true });
    const close = () => {
      place.replaceChildren(opener);
      opener.focus();
    };
    place.append(opener);
    return [place];
  };
  const render = (slug) => recordName(desk, field.target, slug);
  return listEditor({ values: value ?? [], render, more, singular: 'entry', change });
}
