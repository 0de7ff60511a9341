const TAB = '.graphiql-tab';
const TITLE = '.graphiql-tab-button';
const CLOSE = '.graphiql-tab-close';

/** What GraphiQL leaves out for keyboards and screen readers: the elements that lack something, and what completes them. */
const GAPS = [
  [`${TAB}[aria-selected]`, completeTab],
  [`${CLOSE}:not([aria-hidden])`, hideClose],
  ['.graphiql-explorer-root :is(input, select):not([aria-label])', labelInput],
  ['.graphiql-history-item-label[aria-label]', (button) => button.removeAttribute('aria-label')],
];

/** Completes what is in an element now and whatever GraphiQL adds to it later. */
export function completeIn(root) {
  let frame;
  const complete = () => {
    frame = undefined;
    for (const [selector, completes] of GAPS) root.querySelectorAll(selector).forEach(completes);
  };
  const soon = () => {
    frame ??= requestAnimationFrame(complete);
  };
  new MutationObserver(soon).observe(root, { childList: true, subtree: true, attributeFilter: ['aria-selected'] });
  root.addEventListener('keydown', (event) => {
    const tab = event.key === 'Delete' && event.target.closest(TITLE)?.closest(TAB);
    tab?.querySelector?.(CLOSE)?.click();
  });
}

/**
 * A tab is the button with the title, and not the item that has two buttons
 * (<https://www.w3.org/WAI/ARIA/apg/patterns/tabs/>).
 */
function completeTab(item) {
  const title = item.querySelector(TITLE);
  title?.setAttribute('role', 'tab');
  title?.setAttribute('aria-selected', item.getAttribute('aria-selected'));
  title?.setAttribute('aria-keyshortcuts', 'Delete');
  item.setAttribute('role', 'presentation');
  item.removeAttribute('aria-selected');
}

/** Only tabs may stand in a list of tabs. A mouse closes by this button, a keyboard by the key Delete. */
function hideClose(button) {
  button.setAttribute('aria-hidden', 'true');
  button.tabIndex = -1;
}

/** An input of the explorer is named by the text before it, such as `slug:`. */
function labelInput(input) {
  const item = input.closest('[data-arg-name], [data-field-name]');
  const { argName, fieldName } = item?.dataset ?? {};
  input.setAttribute('aria-label', argName ?? fieldName ?? (input.placeholder || 'Kind of operation'));
}
