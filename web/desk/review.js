/** Changes of a whole document, which are shown in place of its form before they are published. */
import { button, focusOn, h, newId } from './dom.js';
import { isGone, remove, rename } from './mutations.js';
import { publishPanel } from './panel.js';

/**
 * Returns the view of such a change: what would differ, and the button that publishes it. `run(settings, text)` runs the mutation. If
 * there is a `question`, the change is checked after the editor has replied, and the reply is `text`. Otherwise it is checked at once.
 * `unchanged` says that nothing would differ. `gone` is called instead if another editor has deleted the document. The other options are
 * those of the panel.
 */
export function reviewView(desk, draft, { title, about, question, run, unchanged, cancel, gone, ...options }) {
  const { content, slug, revision } = draft;
  let text;
  const publish = async (settings) => {
    const payload = await run({ expectedRevision: revision, ...settings }, text);
    if (!payload.errors.length) return payload;
    if (gone && isGone(payload)) gone();
    else panel.show(payload.errors.map(({ message }) => h('p', { class: 'problem' }, message)));
    return undefined;
  };
  const panel = publishPanel(desk, { content, slug, publish, ...options });
  let latest = 0;
  const check = async () => {
    const own = (latest += 1);
    panel.show(h('p', { class: 'about' }, 'Checking …'));
    const payload = await publish({ dryRun: true }).catch((refusal) => refusal);
    if (own !== latest || !payload) return;
    if (payload instanceof Error) panel.show(h('p', { class: 'problem' }, payload.message));
    else if (payload.changed) panel.ready(payload);
    else panel.show(h('p', { class: 'about' }, unchanged));
  };
  const answered = (answer) => {
    text = answer;
    check();
  };
  const heading = h('h1', { class: 'view-title' }, title);
  const form = question && questionForm(question, slug, answered);
  if (question) panel.show(h('p', { class: 'about' }, 'Nothing is changed yet.'));
  else check();
  queueMicrotask(() => focusOn(heading));
  const head = h('p', { class: 'about' }, `${content.label} · ${slug}. ${about}`);
  return h('div', { class: 'restore' }, heading, head, form, panel.element, button('Cancel', cancel, { class: 'quiet' }));
}

function questionForm(question, value, answered) {
  const input = h('input', { id: newId(), value, required: true, autocomplete: 'off', autocapitalize: 'off', spellcheck: 'false' });
  const submit = (event) => {
    event.preventDefault();
    answered(input.value.trim());
  };
  const row = h('div', { class: 'row' }, input, h('button', { type: 'submit' }, 'Check'));
  return h('form', { submit }, h('label', { class: 'label', for: input.id }, question), row);
}

/** Returns the review of a rename. `published` is called with the payload and the new slug. */
export function renameView(desk, draft, published, cancel, gone) {
  const { content, slug } = draft;
  let to = slug;
  return reviewView(desk, draft, {
    title: `Rename “${slug}”`,
    about: 'The slug is its name in addresses and documents. References to it stay, and the old slug still finds it.',
    question: 'New slug: lowercase letters, digits and hyphens',
    run: (settings, text) => rename(desk, content, slug, (to = text), settings),
    unchanged: 'This is its slug already.',
    published: (payload) => published(payload, to),
    cancel,
    gone,
  });
}

/** Returns the review of a deletion. The service refuses it while another record refers to this one, and names that record. */
export function removeView(desk, draft, published, cancel, gone) {
  const { content, slug, base } = draft;
  return reviewView(desk, draft, {
    title: `Delete “${base[content.title] ?? slug}”`,
    about: 'It is deleted with the records in its document. Its versions stay in the history.',
    run: (settings) => remove(desk, content, slug, settings),
    unchanged: 'There is nothing to delete.',
    verb: 'Delete',
    confirmation: slug,
    published,
    cancel,
    gone,
  });
}
