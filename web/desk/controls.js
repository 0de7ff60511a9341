/** Controls for single values: texts, numbers, yes or no, and choices. */
import { h, newId, withCode } from './dom.js';

const NOT_STATED = 'Not stated';
/** Lines of a text where the browser cannot size the box by its content. */
const LINE = 60;

/** Returns the control of a value that is no object and no reference. `name` is its name for screen readers. */
export function scalarControl(desk, field, value, change, name) {
  if (field.kind === 'choice') return choice(desk, field, value, change, name);
  if (field.kind === 'boolean') return yesOrNo(field, value, change, name);
  if (field.kind === 'number') return number(field, value, change, name);
  return text(field, value, change, name);
}

/** The attributes that all controls have. A label, a help text and errors refer to the control by its id. */
const common = (name) => ({ id: newId(), 'data-control': true, 'aria-label': name });

function text(field, value, change, name) {
  const input = ({ target }) => change(target.value === '' && !field.isRequired ? null : target.value);
  const rows = Math.min(8, Math.ceil(((value ?? '').length + 1) / LINE));
  const box = h('textarea', { ...common(name), rows, input });
  box.value = value ?? '';
  return box;
}

function number(field, value, change, name) {
  const step = field.isInteger ? 1 : 'any';
  const input = ({ target }) => change(target.value === '' ? null : target.valueAsNumber);
  return h('input', { ...common(name), type: 'number', step, value: value ?? '', input });
}

function yesOrNo(field, value, change, name) {
  const options = [
    ['true', 'Yes'],
    ['false', 'No'],
  ];
  if (!field.isRequired && !field.hasDefault) options.unshift(['', NOT_STATED]);
  const read = ({ target }) => change(target.value === '' ? null : target.value === 'true');
  return select(common(name), options, value === null || value === undefined ? options[0][0] : String(value), read);
}

function choice(desk, field, value, change, name) {
  const options = field.choice.enumValues.map((one) => [one.name, desk.choiceLabel(field.choice.name, one.name)]);
  if (!field.isRequired) options.unshift(['', NOT_STATED]);
  else if (isAbsent(value)) options.unshift(['', 'Choose …']);
  const about = h('p', { class: 'help-text', id: newId() });
  const explain = (chosen) => {
    about.replaceChildren(...withCode(field.choice.enumValues.find((one) => one.name === chosen)?.description ?? ''));
  };
  const read = ({ target }) => {
    explain(target.value);
    change(target.value || null);
  };
  const control = select({ ...common(name), 'data-about': about.id }, options, value ?? '', read);
  explain(value);
  return h('div', {}, control, about);
}

const isAbsent = (value) => value === null || value === undefined;

function select(attributes, options, chosen, change) {
  const made = options.map(([value, label]) => h('option', { value, selected: value === chosen }, label));
  return h('select', { ...attributes, change }, made);
}

/** Returns a list of boxes to tick, for a list of choices. The values keep the order of the enumeration. */
export function choicesControl(desk, field, value, change) {
  const chosen = new Set(value ?? []);
  const box = ({ name, description }) => {
    const toggle = ({ target }) => {
      if (target.checked) chosen.add(name);
      else chosen.delete(name);
      change(field.choice.enumValues.map((one) => one.name).filter((one) => chosen.has(one)));
    };
    const input = h('input', { type: 'checkbox', checked: chosen.has(name), change: toggle });
    return h('label', { class: 'tick', title: description }, input, desk.choiceLabel(field.choice.name, name));
  };
  return h('div', { class: 'ticks' }, field.choice.enumValues.map(box));
}
