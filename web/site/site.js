/**
 * Improves the pages of the service, which work without it: questions are answered without loading the page again, and texts
 * can be copied by a button.
 */
const NOTE_MS = 2000;
const answer = document.getElementById('answer');
const status = document.querySelector('[role="status"]');
let latest = 0;
/** The query string of the answer that is shown. */
let current = location.search;

addCopyButtons(document);
addLinkButton();
if (answer) {
  document.addEventListener('click', (event) => {
    const link = event.target.closest('a[data-question]');
    if (!link || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    show(link.href, true);
  });
  // A link to a part of the page, such as the skip link, does not change the answer.
  addEventListener('popstate', () => location.search !== current && show(location.href, false));
}

// On wide screens, an open facet covers what is below it, so a click or the focus outside of it closes it. Escape closes it always.
const facets = [...document.querySelectorAll('.facet')];
const close = (facet) => (facet.open = false);
const covers = (facet) => getComputedStyle(facet.querySelector('fieldset')).position === 'absolute';
const leave = (target) => facets.filter((facet) => !facet.contains(target) && covers(facet)).forEach(close);
document.addEventListener('click', ({ target }) => leave(target));
document.addEventListener('focusin', ({ target }) => leave(target));
for (const facet of facets) {
  // A panel that would be wider than the screen begins at the other end of its facet.
  facet.addEventListener('toggle', () => {
    facet.classList.remove('from-end');
    const isWide = covers(facet) && facet.querySelector('fieldset').getBoundingClientRect().right > document.documentElement.clientWidth;
    facet.classList.toggle('from-end', isWide);
  });
  facet.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || !facet.open) return;
    event.stopPropagation();
    close(facet);
    facet.querySelector('summary').focus();
  });
}

// Escape returns from an outcome to the evidence map that it was opened from. In a field, Escape has its own meaning.
const isOutcome = location.pathname.includes('/explore/outcomes/');
addEventListener('keydown', ({ key, target, defaultPrevented }) => {
  if (key !== 'Escape' || !isOutcome || defaultPrevented || target.matches('input, select, textarea')) return;
  const from = document.referrer && new URL(document.referrer);
  if (from && from.origin === location.origin && from.pathname.endsWith('/explore/map')) history.back();
});

/** Shows the answer of another address. If that fails, the browser opens the address. */
async function show(address, isNew) {
  const request = (latest += 1);
  answer.setAttribute('aria-busy', 'true');
  try {
    const response = await fetch(address, { headers: { accept: 'text/html' } });
    if (!response.ok) throw new Error(`status ${response.status}`);
    const page = new DOMParser().parseFromString(await response.text(), 'text/html');
    if (request !== latest) return;
    answer.replaceChildren(...page.getElementById('answer').children);
    addCopyButtons(answer);
    addLinkButton();
    document.title = page.title;
    current = new URL(address).search;
    if (isNew) history.pushState(null, '', address.split('#')[0]);
    const asked = page.querySelector('a[aria-current]')?.getAttribute('href');
    for (const link of document.querySelectorAll('a[data-question]')) {
      link.toggleAttribute('aria-current', link.getAttribute('href') === asked);
      if (link.hasAttribute('aria-current')) link.setAttribute('aria-current', 'true');
    }
    status.textContent = document.title;
    const title = document.getElementById('answer-title');
    title.focus({ preventScroll: true });
    if (title.getBoundingClientRect().top < 0 || title.getBoundingClientRect().top > innerHeight / 2) title.scrollIntoView();
  } catch {
    if (request === latest) location.assign(address);
  } finally {
    if (request === latest) answer.removeAttribute('aria-busy');
  }
}

/** Adds a button to each text. Browsers allow access to the clipboard on secure origins only. */
function addCopyButtons(root) {
  if (!navigator.clipboard) return;
  for (const figure of root.querySelectorAll('figure.code')) {
    const name = figure.querySelector('figcaption').textContent;
    figure.append(copyButton('Copy', name, () => figure.querySelector('code').textContent));
  }
}

/** Adds a button that copies the address, which has all that was chosen in the page. */
function addLinkButton() {
  const article = document.querySelector('.answer');
  if (!navigator.clipboard || !article) return;
  const place = document.createElement('p');
  place.className = 'copy-link';
  place.append(copyButton('Copy link', 'Link', () => location.href.split('#')[0]));
  article.append(place);
}

/** Returns a button that copies a text. `title` is its text, and `name` what it copies. */
function copyButton(title, name, text) {
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = title;
  if (title === 'Copy') button.setAttribute('aria-label', `Copy ${name}`);
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(text());
    button.textContent = 'Copied';
    status.textContent = `${name} copied`;
    setTimeout(() => (button.textContent = title), NOTE_MS);
  });
  return button;
}
