/** Signing in with a key. */
import { button, h, newId } from './dom.js';
import { openSession } from './session.js';

/** Where the key is kept until the tab is closed, if the editor wants that. */
const STORED = 'dermagraph-desk-key';

const ABOUT = [
  'The key stays in this page, which forgets it when you close or reload it. ' +
    'It is sent to this service only, and never put into a cookie or an address.',
  'An administrator makes keys. With the role editor you can check changes, with publisher you can also publish them.',
];

/** Returns the key that this tab keeps; null if there is none. */
export const keptKey = () => sessionStorage.getItem(STORED);

/** Forgets the key of this tab. */
export const forgetKey = () => sessionStorage.removeItem(STORED);

/** Returns the view to sign in. `opened` takes the session. `problem` says why a kept key was not enough. */
export function signInView(opened, problem) {
  const [keyId, errorId] = [newId(), newId()];
  const input = h('input', {
    id: keyId,
    type: 'password',
    autocomplete: 'off',
    spellcheck: 'false',
    required: true,
    'aria-describedby': errorId,
  });
  const keep = h('input', { type: 'checkbox' });
  const error = h('p', { class: 'problem', id: errorId, role: 'alert' }, problem ?? '');
  const submit = h('button', { type: 'submit' }, 'Sign in');
  const send = async (event) => {
    event.preventDefault();
    const key = input.value.trim();
    submit.disabled = true;
    error.textContent = '';
    try {
      const session = await openSession(key);
      if (keep.checked) sessionStorage.setItem(STORED, key);
      opened(session);
    } catch (refusal) {
      error.textContent = reason(refusal);
      submit.disabled = false;
      input.focus();
    }
  };
  return h(
    'form',
    { class: 'card-box sign-in', submit: send },
    h('h1', { class: 'view-title' }, 'Editor’s desk'),
    h('p', { class: 'sentence' }, 'Change the content documents of the library, see what differs, and publish.'),
    h('label', { for: keyId, class: 'label' }, 'Your key'),
    h('div', { class: 'row' }, input, submit),
    error,
    h('label', { class: 'tick' }, keep, 'Keep the key until I close this tab'),
    ABOUT.map((text) => h('p', { class: 'help-text' }, text)),
  );
}

/** Returns why a key is not enough. */
export function reason(refusal) {
  const reasons = {
    UNAUTHENTICATED: 'This key is not valid: it is unknown, has expired or was revoked.',
    DOCUMENT_NOT_TRUSTED: 'This service runs trusted documents only, so the desk cannot work with it.',
  };
  return reasons[refusal.code] ?? refusal.message;
}

/** Returns the line that says who is signed in as what, with a button to sign out. */
export function sessionLine(session, signOut) {
  const role = session.mayPublish ? 'Your key may publish.' : 'Your key has the role editor: you can change and check, but not publish.';
  return h('p', { class: 'session' }, h('span', {}, role), button('Sign out', signOut, { class: 'quiet' }));
}
