/** Adds a field that filters the names of the reference while the reader types. */
const label = document.createElement('label');
label.className = 'filter';
label.textContent = 'Filter by name';
const field = document.createElement('input');
field.type = 'search';
field.autocomplete = 'off';
label.append(field);
document.getElementById('filter').append(label);
const status = document.getElementById('status');

field.addEventListener('input', () => {
  const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const group of document.querySelectorAll('[data-group]')) {
    let inGroup = 0;
    for (const entry of group.querySelectorAll('[data-name]')) {
      entry.hidden = !words.every((word) => entry.dataset.name.includes(word));
      inGroup += entry.hidden ? 0 : 1;
    }
    group.hidden = inGroup === 0;
    shown += inGroup;
  }
  status.textContent = words.length ? `${shown} names` : '';
});
