/** Filters the names of the reference while the reader types. The form searches fields and descriptions too. */
const field = document.getElementById('search');
const status = document.querySelector('[role="status"]');
const groups = [...document.querySelectorAll('[data-group]')];
const MORE = 'Press Enter to search fields, arguments, values and descriptions too.';

/** Hides the names that do not have all words of the field. */
function filter() {
  const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const group of groups) {
    let inGroup = 0;
    for (const entry of group.querySelectorAll('[data-name]')) {
      entry.hidden = !words.every((word) => entry.dataset.name.includes(word));
      inGroup += entry.hidden ? 0 : 1;
    }
    group.hidden = inGroup === 0;
    shown += inGroup;
  }
  const found = shown === 0 ? 'No type or root field has this name.' : shown === 1 ? '1 name.' : `${shown} names.`;
  status.textContent = words.length ? `${found} ${MORE}` : '';
}

if (groups.length) field.addEventListener('input', filter);
