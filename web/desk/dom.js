/** Making elements. Texts become text nodes, so no text of a document is ever read as HTML. */

let latest = 0;

/**
 * Makes an element. An attribute whose value is a function is a listener of the event with the name of the attribute. `true` and `false`
 * set a boolean attribute or leave it out. Children that are null or false are left out.
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(name, value);
    else if (typeof value === 'boolean') element.toggleAttribute(name, value);
    else if (value !== undefined && value !== null) element.setAttribute(name, value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** Makes a button that is no part of a form. */
export const button = (text, click, attributes = {}) => h('button', { type: 'button', click, ...attributes }, text);

/** Returns an id that no other element has. */
export const newId = () => `desk-${(latest += 1)}`;

/** Makes screen readers read a text about what has happened. */
export function announce(text) {
  document.getElementById('status').textContent = text;
}

/** Moves the focus to an element that is no control, such as a heading. */
export function focusOn(element) {
  element.tabIndex = -1;
  element.focus({ preventScroll: false });
}

/** Returns a function that runs once its calls have paused for some time. */
export function debounced(milliseconds, run) {
  let timer;
  return (...values) => {
    clearTimeout(timer);
    timer = setTimeout(() => run(...values), milliseconds);
  };
}

/** Returns a description of the schema, in which code is between backticks. */
export const withCode = (text) => text.split('`').map((part, at) => (at % 2 ? h('code', {}, part) : part));
