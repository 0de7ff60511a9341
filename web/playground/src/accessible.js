const TAB = '.graphiql-tab';
const TITLE = '.graphiql-tab-button';
const CLOSE = '.graphiql-tab-close';

/**
 * Gaps of GraphiQL for keyboards and screen readers: a selector of the elements, and the function
 * that fixes one of them.
 */
const GAPS = [
  [`${TAB}[aria-selected]`, completeTab],
  [`${CLOSE}:not([aria-hidden])`, hideClose],
  ['.graphiql-explorer-root :is(input, select):not([aria-label])', labelInput],
  ['.graphiql-history-item-label[aria-label]', (button) => button.removeAttribute('aria-label')],
];

/** Fixes these gaps in an element, now and whenever GraphiQL changes it. */
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
 * Gives the role of a tab to the button with the title. GraphiQL gives it to the item, which has two buttons
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

/**
 * Hides the close button from screen readers, because a list of tabs may contain only tabs. The key
 * Delete closes a tab, too.
 */
function hideClose(button) {
  button.setAttribute('aria-hidden', 'true');
  button.tabIndex = -1;
}

/** Labels an input of the explorer with the text before it, such as `slug:`. */
function labelInput(input) {
  const item = input.closest('[data-arg-name], [data-field-name]');
  const { argName, fieldName } = item?.dataset ?? {};
  input.setAttribute('aria-label', argName ?? fieldName ?? (input.placeholder || 'Kind of operation'));
}
