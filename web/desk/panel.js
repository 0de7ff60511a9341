/** The panel that shows what a mutation would change, and publishes it, and the box that says what was published. */
import { newIdempotencyKey } from './api.js';
import { h, newId } from './dom.js';
import { changesList } from './difference.js';

const MAX_MESSAGE = 500;

/** Returns the warnings of a payload. The changes can be published nevertheless. */
const warningTexts = ({ warnings }) => warnings.map(({ message }) => h('p', { class: 'caveat' }, `Warning: ${message}`));

/** Returns what has been done, or that nothing was left to do. */
export const doneText = ({ changed }, told) => (changed ? told : 'Somebody else has published the same change already.');

/** Returns the box that says what has been published, with the warnings of the payload. `action` is a button for the next step. */
export const doneBox = (text, payload, action) => h('div', { class: 'done' }, h('p', {}, text), action, warningTexts(payload));

/**
 * Returns a panel. `publish(settings)` runs the mutation, and `published(payload)` is called if it has published.
 * `message` is the reason that is proposed for the history, `verb` the text of the button, and `confirmation` a text that the editor
 * has to type before it works.
 */
export function publishPanel(desk, { content, slug, publish, published, message = '', verb = 'Publish', confirmation }) {
  const body = h('div', { class: 'panel-body', 'aria-live': 'polite' });
  const title = h('h2', { id: newId() }, 'Changes');
  const element = h('section', { class: 'card-box', 'aria-labelledby': title.id }, title, body);
  let key;
  let text = message;

  const show = (...parts) => body.replaceChildren(...parts.flat());
  const send = async (submit, error) => {
    key ??= newIdempotencyKey();
    submit.disabled = true;
    error.textContent = '';
    try {
      const payload = await publish({ dryRun: false, message: text.trim() || null, idempotencyKey: key });
      key = undefined;
      if (payload) await published(payload);
    } catch (refusal) {
      // The changes may have been published. Then the same key prevents that they are published again.
      error.textContent = refusal.message;
    } finally {
      submit.disabled = false;
    }
  };
  const form = () => {
    if (!desk.mayPublish)
      return h('p', { class: 'caveat' }, 'Your key has the role editor: it can check changes, but not publish them. Nothing is stored.');
    const error = h('p', { class: 'problem', role: 'alert' });
    const input = h('textarea', { id: newId(), rows: 2, maxlength: MAX_MESSAGE, input: ({ target }) => (text = target.value) });
    input.value = text;
    const typed = confirmation && h('input', { id: newId(), autocomplete: 'off', autocapitalize: 'off', spellcheck: 'false' });
    const submit = h('button', { type: 'submit', class: confirmation && 'danger' }, verb);
    const submitted = (event) => {
      event.preventDefault();
      if (!typed || typed.value.trim() === confirmation) {
        send(submit, error);
        return;
      }
      error.textContent = `To confirm, type “${confirmation}”.`;
      typed.focus();
    };
    return h(
      'form',
      { submit: submitted },
      h('label', { class: 'label', for: input.id }, 'Reason, for the history (optional)'),
      input,
      typed && h('label', { class: 'label', for: typed.id }, `To confirm, type “${confirmation}”`),
      typed,
      error,
      submit,
    );
  };
  /** Shows the warnings and the changes that a dry run reports, and the form that publishes them. */
  const ready = (payload) => {
    key = undefined;
    show(warningTexts(payload), changesList(desk, content, slug, payload.changes), form());
  };
  return { element, show, ready };
}
