/**
 * Improves the evidence map, which is a table of links: it is one tab stop, arrow keys move between its marks, and the mark
 * that was opened has the focus again when the reader returns.
 */
const table = document.querySelector('.map table');
const links = [...table.querySelectorAll('a[data-cell]')];
const STEPS = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };

/** The position of each link: its column, and its row. */
const places = new Map(links.map((link) => [link, [link.closest('td').cellIndex, link.closest('tr').rowIndex]]));
let current = links.find((link) => link.href === history.state?.opened) ?? links[0];

// A map with rows of gaps only has no marks.
if (current) {
  for (const link of links) link.tabIndex = -1;
  current.tabIndex = 0;
  if (history.state?.opened) current.focus();
  // The scrolling box and the names of the table are no stops of their own: the marks scroll the box, and the names are in lists.
  table.parentElement.removeAttribute('tabindex');
  for (const name of table.querySelectorAll('th a')) name.tabIndex = -1;

  table.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const target = next(event.key);
    if (!target) return;
    event.preventDefault();
    target.focus();
  });
  table.addEventListener('focusin', ({ target }) => {
    if (!places.has(target)) return;
    current.tabIndex = -1;
    current = target;
    current.tabIndex = 0;
  });
  table.addEventListener('click', ({ target }) => {
    const link = target.closest('a[data-cell]');
    if (link) history.replaceState({ opened: link.href }, '');
  });
  // A page from the cache of the browser keeps its scripts, but not always its focus.
  addEventListener('pageshow', ({ persisted }) => persisted && current.focus());
}

/** Returns the link to which a key moves, which is the nearest one in its direction; undefined if there is none. */
function next(key) {
  const [column, row] = places.get(current);
  if (key === 'Home' || key === 'End') {
    const inRow = links.filter((link) => places.get(link)[1] === row);
    return key === 'Home' ? inRow[0] : inRow.at(-1);
  }
  if (!STEPS[key]) return undefined;
  const [right, down] = STEPS[key];
  if (right) {
    const inRow = links.filter((link) => places.get(link)[1] === row);
    return inRow[inRow.indexOf(current) + right];
  }
  const distance = (link) => {
    const [otherColumn, otherRow] = places.get(link);
    return Math.abs(otherRow - row) + Math.abs(otherColumn - column) * 4;
  };
  const beyond = links.filter((link) => (places.get(link)[1] - row) * down > 0);
  return beyond.sort((one, other) => distance(one) - distance(other))[0];
}
