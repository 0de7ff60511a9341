/** The form of a document, made from the description of its input type. */
import { choicesControl, scalarControl } from './controls.js';
import { button, focusOn, h, newId, withCode } from './dom.js';
import { listEditor, referencesControl } from './lists.js';
import { referenceControl } from './picker.js';
import { fieldsOf, KEY } from './schema.js';
import { initial, isEmpty, isSame, titleOf } from './values.js';

/**
 * Returns the form of an object: its fields with a value, and a menu of the others. `only` limits the fields that can be changed.
 * `enclosing` is the object that contains it. References that both have, such as inherited sources, are shown in a disclosure.
 */
export function objectForm(desk, { input, output, value, change, only, enclosing }) {
  let current = value;
  const fields = fieldsOf(desk.schema, input, output).filter(({ name }) => name !== KEY && (!only || only.has(name)));
  const isInherited = (field) => enclosing && field.kind === 'reference' && isSame(current[field.name], enclosing[field.name]);
  const isApart = (field) => !isEmpty(value[field.name]) && Boolean(enclosing) && (field.isFilled || isInherited(field));
  const set = (name) => (next) => {
    current = { ...current, [name]: next };
    change(current);
  };
  const shown = h('div', { class: 'fields' });
  const menu = h('ul', { class: 'results' });
  const menuBox = h('details', { class: 'more-fields' }, h('summary', {}), menu);
  const refresh = () => {
    const count = menu.children.length;
    menuBox.hidden = count === 0;
    menuBox.firstChild.textContent = `Add a field (${count} without a value)`;
  };
  const context = () => current;
  const show = (field) => {
    const clear = () => {
      const section = shown.querySelector(`:scope > [data-field="${field.name}"]`);
      section.remove();
      set(field.name)(field.isList ? [] : null);
      offer(field);
      refresh();
      focusOn(menuBox.querySelector('summary'));
    };
    const section = fieldSection(desk, field, current[field.name], set(field.name), hasRemoval(field) ? clear : undefined, context);
    const after = fields.slice(fields.indexOf(field) + 1).map(({ name }) => shown.querySelector(`:scope > [data-field="${name}"]`));
    shown.insertBefore(section, after.find(Boolean) ?? null);
    return section;
  };
  const offer = (field) => {
    const add = () => {
      item.remove();
      menuBox.open = false;
      if (!field.isList) set(field.name)(initial(field));
      const section = show(field);
      refresh();
      section.scrollIntoView({ block: 'nearest' });
      (section.querySelector('[data-control], .adding button, .tick input, summary') ?? section).focus();
    };
    const item = h(
      'li',
      { 'data-offer': field.name },
      button([field.label, h('small', {}, withCode(field.description))], add, { class: 'result' }),
    );
    menu.append(item);
  };
  for (const field of fields) {
    if (!field.isRequired && isEmpty(value[field.name])) offer(field);
    else if (!isApart(field)) show(field);
  }
  refresh();
  return h('div', {}, shown, apart(desk, fields.filter(isApart), current, set), menuBox);
}

/** Returns the fields that the service fills in, or that say the same as the object around this one. */
function apart(desk, fields, value, set) {
  if (!fields.length) return null;
  const names = fields.map(({ label }) => label.toLowerCase()).join(', ');
  const place = h('div', { class: 'fields' });
  const box = h('details', { class: 'apart' }, h('summary', {}, `Filled in for you: ${names}`), place);
  fillOnce(box, place, () => fields.map((field) => fieldSection(desk, field, value[field.name], set(field.name))));
  return box;
}

/** Whether a field has a button that removes its value. Editors empty other values in their controls, and lists entry by entry. */
const hasRemoval = ({ kind, isList, isRequired }) => !isRequired && !isList && (kind === 'object' || kind === 'reference');

/** Returns a field with its label, its help text, its control, and room for errors. `clear` removes an optional one. */
function fieldSection(desk, field, value, change, clear, context) {
  const help = h('p', { class: 'help-text', id: newId() }, withCode(field.description));
  const errors = h('div', { class: 'errors', id: newId() });
  const removal = clear && button('Remove', clear, { class: 'small', 'aria-label': `Remove ${field.label}` });
  const isGroup = field.isList || field.kind === 'object';
  const control = field.isList
    ? listControl(desk, field, value, change, context)
    : oneControl(desk, field, value, change, context, field.label);
  const input = isGroup ? null : control.matches('[id]') ? control : control.querySelector('[data-control][id]');
  const label = input ? h('label', { class: 'label', for: input.id }, field.label) : h('span', { class: 'label' }, field.label);
  const head = h('div', { class: 'field-head' }, label, removal);
  const group = isGroup ? { role: 'group', 'aria-labelledby': (label.id = newId()), 'aria-describedby': help.id } : {};
  const section = h(
    'section',
    { class: isGroup ? 'field group' : 'field', 'data-field': field.name, ...group },
    head,
    help,
    control,
    errors,
  );
  for (const one of isGroup ? [] : section.querySelectorAll('[data-control]')) {
    one.setAttribute('aria-describedby', [help.id, one.dataset.about, errors.id].filter(Boolean).join(' '));
  }
  return section;
}

function oneControl(desk, field, value, change, context, name) {
  if (field.kind === 'object') {
    return objectForm(desk, { input: field.input, output: field.target, value: value ?? {}, change, enclosing: context?.() ?? {} });
  }
  if (field.kind === 'reference') return referenceControl(desk, field, value, change, name);
  return scalarControl(desk, field, value, change, name);
}

function listControl(desk, field, value, change, context) {
  if (field.kind === 'choice') return choicesControl(desk, field, value, change);
  if (field.kind === 'reference') return referencesControl(desk, field, value, change, field.label);
  const more = (add) => {
    const press = () => {
      const entry = add(initial(field));
      entry.querySelector('details')?.setAttribute('open', '');
      entry.querySelector('details')?.dispatchEvent(new Event('fill'));
      (entry.querySelector('[data-control]') ?? entry.querySelector('summary')).focus();
    };
    return [button('Add an entry', press, { class: 'quiet', 'aria-label': `Add an entry to ${field.label}`, 'data-control': true })];
  };
  const render = (item, set, name) => {
    const one = { ...field, isList: false, isRequired: true };
    return field.kind === 'object' ? entryForm(desk, one, item, set, name, context) : scalarControl(desk, one, item, set, name());
  };
  return listEditor({ values: value ?? [], render, more, singular: `entry of ${field.label}`, change });
}

/** Returns an entry that opens to its form. The form is made when it is opened first, because documents have many entries. */
function entryForm(desk, field, value, change, name, context) {
  const title = h('summary', {});
  const rename = (next) => {
    title.textContent = titleOf(desk, field, next).trim() || 'New entry';
  };
  const place = h('div', { class: 'entry-form' });
  const box = h('details', { class: 'entry' }, title, place);
  const changed = (next) => {
    rename(next);
    change(next);
  };
  rename(value);
  fillOnce(box, place, () => [oneControl(desk, field, value, changed, context, name())]);
  return box;
}

/** Makes the content of a disclosure when it is opened first, or at its event `fill`. */
function fillOnce(box, place, make) {
  const fill = () => place.firstChild || place.append(...make());
  box.addEventListener('toggle', fill);
  box.addEventListener('fill', fill);
}
