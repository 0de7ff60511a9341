/** Errors of a document, shown at their fields. */
import { button, h } from './dom.js';

/** Returns the steps of a path such as `aftercare[2].text`: names, and indices from 0. */
export function steps(path) {
  return [...path.matchAll(/([^.[\]]+)|\[(\d+)\]/g)].map(([, name, index]) => name ?? Number(index));
}

/** Removes all errors from a form. */
export function clearErrors(form) {
  for (const place of form.querySelectorAll('.errors')) place.replaceChildren();
  for (const control of form.querySelectorAll('[aria-invalid]')) control.removeAttribute('aria-invalid');
}

/**
 * Shows errors at their fields. Returns those that have no field in the form. An entry of a list that has an error is opened, so its
 * fields are made.
 */
export function showErrors(form, errors) {
  clearErrors(form);
  return errors.filter(({ path, message }) => {
    const at = place(form, path ? steps(path) : []);
    if (!at) return true;
    at.section.querySelector(':scope > .errors').append(h('p', { class: 'problem' }, at.entry ? `${at.entry}: ${message}` : message));
    at.control?.setAttribute('aria-invalid', 'true');
    return false;
  });
}

/**
 * Returns the section of the innermost field in a path, with its control. `entry` names the entry of the list if the path ends in an entry
 * without fields of its own, or in a field that the form does not show.
 */
function place(form, path) {
  let [within, section, entry] = [form, undefined, undefined];
  for (const step of path) {
    const isEntry = typeof step === 'number';
    const next = isEntry ? within.querySelector('[data-entry]')?.parentElement.children[step] : field(within, step);
    if (!next) break;
    if (isEntry) {
      open(next.querySelector('details'));
      entry = `Entry ${step + 1}`;
    } else {
      [section, entry] = [next, undefined];
    }
    within = next;
  }
  return section && { section, entry, control: within.querySelector('[data-control]') };
}

/** Returns the section of a field of an object. The fields that are filled in are in a disclosure. */
function field(within, name) {
  const find = () => {
    const sections = within.querySelectorAll(`[data-field="${CSS.escape(name)}"]`);
    const outer = within.matches('[data-field], [data-entry]') ? within : null;
    return [...sections].find((one) => one.parentElement.closest('[data-field], [data-entry]') === outer);
  };
  const found = find();
  if (found) return found;
  open(within.querySelector('details.apart'));
  return find();
}

function open(details) {
  if (!details || details.open) return;
  details.open = true;
  details.dispatchEvent(new Event('fill'));
}

/** Returns a button that leads to the first field with an error. */
export function toFirstError(form) {
  const go = () => {
    const first = form.querySelector('[aria-invalid]') ?? form.querySelector('.problem');
    first?.scrollIntoView({ block: 'center' });
    first?.focus();
  };
  return button('Go to the first one', go, { class: 'quiet' });
}
