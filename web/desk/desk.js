/** The editor's desk: shows the view of the address to an editor who is signed in. */
import { documentView, isChanged } from './document.js';
import { focusOn, h } from './dom.js';
import { findView } from './find.js';
import { openSession } from './session.js';
import { forgetKey, keptKey, reason, sessionLine, signInView } from './sign-in.js';

const place = document.getElementById('desk');
let session;
let latest = 0;

/** Shows the view to sign in. `problem` says why a kept key was not enough. */
function signIn(problem) {
  session = undefined;
  place.replaceChildren(signInView(opened, problem));
}

function opened(next) {
  session = next;
  show();
}

function signOut() {
  const isLost = [...session.drafts.values()].some(isChanged);
  if (isLost && !confirm('Your changes are not published. Sign out, and lose them?')) return;
  forgetKey();
  signIn();
  place.querySelector('input').focus();
}

/** Shows the view of the address: a document, or the search. */
async function show() {
  if (!session) return;
  const own = (latest += 1);
  const [type, slug] = location.hash.slice(1).split('/').map(decoded);
  const content = session.schema.contents.find(({ name }) => name === type);
  const body = h('div', { class: 'view' }, h('p', { class: 'about' }, 'Reading …'));
  const back = content && h('a', { href: '#' }, 'All documents');
  place.replaceChildren(h('div', { class: 'desk-bar' }, h('p', {}, back), sessionLine(session, signOut)), body);
  const view = content && slug ? await documentView(session, content, slug).catch(failure) : findView(session);
  if (own !== latest) return;
  body.replaceChildren(view);
  const title = body.querySelector('h1');
  document.title = `${title.textContent} · Dermagraph`;
  focusOn(title);
}

/** Decodes a part of the address, which an editor may have typed. */
function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function failure(refusal) {
  return h(
    'div',
    { class: 'card-box' },
    h('h1', { class: 'view-title' }, 'The document cannot be shown'),
    h('p', { class: 'problem' }, refusal.message),
  );
}

addEventListener('hashchange', show);
addEventListener('beforeunload', (event) => {
  if (session && [...session.drafts.values()].some(isChanged)) event.preventDefault();
});

const key = keptKey();
if (key) {
  place.replaceChildren(h('p', { class: 'about' }, 'Signing in …'));
  openSession(key).then(opened, (refusal) => {
    if (['UNAUTHENTICATED', 'FORBIDDEN'].includes(refusal.code)) forgetKey();
    signIn(reason(refusal));
  });
} else {
  signIn();
}
