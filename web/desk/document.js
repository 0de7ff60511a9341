/** A document that is open: its form, what differs, and its versions. */
import { NEW, arriveAt } from './address.js';
import { conflictView } from './conflict.js';
import { button, debounced, focusOn, h } from './dom.js';
import { objectForm } from './form.js';
import { create, isGone, patch } from './mutations.js';
import { doneBox, doneText, publishPanel } from './panel.js';
import { clearErrors, showErrors, toFirstError } from './problems.js';
import { removeView, renameView } from './review.js';
import { fieldsOf } from './schema.js';
import { readStored } from './stored.js';
import { changedFields, isEmpty, missing } from './values.js';
import { absentView, restoreDeleted, restoreView, restoredText, versionsBox } from './versions.js';

/** Pause in typing after which the changes are checked. */
const CHECK_MS = 600;
/** Where the list of fields has a column of its own, as in the style sheet. */
const WIDE = '(min-width: 70.01rem)';
const ALREADY_DELETED = 'Another editor has deleted this document already.';

/** Returns the view of a document, or of the absence of one. A draft of it that this page has is shown again. */
export async function documentView(desk, content, slug) {
  const key = `${content.name}/${slug}`;
  if (slug === NEW) {
    if (!desk.drafts.has(key)) desk.drafts.set(key, newDraft(desk, content));
  } else if (!desk.drafts.has(key) || !isChanged(desk.drafts.get(key))) {
    const stored = await readStored(desk, content, slug);
    if (!stored) return absentView(desk, content, slug);
    desk.drafts.set(key, { content, slug, base: stored.document, revision: stored.revision, document: stored.document });
  }
  return new OpenDocument(desk, desk.drafts.get(key)).element;
}

/** Returns the draft of a document that is not published yet: every field that it must have, without a value. */
function newDraft(desk, content) {
  const required = fieldsOf(desk.schema, content.document, content.output).filter((field) => field.isRequired && !field.hasDefault);
  const document = Object.fromEntries(required.map((field) => [field.name, field.isList ? [] : null]));
  return { content: { ...content, patched: undefined }, slug: NEW, base: document, revision: 0, document };
}

/** Whether a draft has changes. */
export const isChanged = ({ content, base, document }) => Object.keys(changedFields(content, base, document)).length > 0;

class OpenDocument {
  constructor(desk, draft) {
    Object.assign(this, { desk, draft, checks: 0, later: debounced(CHECK_MS, () => this.check()) });
    this.element = h('div', { class: 'document' });
    this.build();
  }

  /** Makes the view of the draft. */
  build() {
    const { desk, draft } = this;
    // The view of the absence of the document, if another editor has deleted it.
    this.absence = null;
    const { content, slug, base, document } = draft;
    const publish = (settings) => this.publish(settings);
    this.panel = publishPanel(desk, { content, slug, publish, published: (payload) => this.published(payload) });
    const change = (next) => {
      draft.document = next;
      this.edited();
    };
    this.form = objectForm(desk, { input: content.document, output: content.output, value: document, change, only: content.patched });
    this.form.classList.add('form');
    this.fields = h('ul', { class: 'plain' });
    this.fieldBox = h('details', { open: matchMedia(WIDE).matches }, h('summary', {}, 'Fields'), this.fields);
    const fieldList = h('nav', { class: 'field-list', 'aria-label': 'Fields' }, this.fieldBox);
    this.review = button('', () => this.panel.element.scrollIntoView({ block: 'start' }), { class: 'review', hidden: true });
    const isNew = slug === NEW;
    this.title = h('h1', { class: 'view-title' }, isNew ? `New: ${content.label.toLowerCase()}` : String(base[content.title] ?? slug));
    const about = isNew
      ? 'Fill in the fields. What you write is checked, and published when you say so.'
      : `${content.label} · ${slug} · read in revision ${draft.revision}`;
    const head = h('div', { class: 'document-head' }, this.title, h('p', { class: 'about' }, about));
    this.notice = h('div', { role: 'status' }, arrival(desk, draft));
    const versions = isNew ? null : versionsBox(desk, draft, (revision) => this.startRestore(revision));
    const side = h('div', { class: 'side' }, this.panel.element, versions, isNew ? null : this.whole());
    this.element.replaceChildren(head, this.notice, h('div', { class: 'columns' }, fieldList, this.form, side), this.review);
    // Where the panel is seen, the button that leads to it would only cover it.
    new IntersectionObserver(([seen]) => this.review.classList.toggle('is-away', seen.isIntersecting)).observe(this.panel.element);
    this.edited();
  }

  /** Lists the fields, and checks the draft soon. */
  edited() {
    const sections = [...this.form.querySelectorAll(':scope > .fields > [data-field]')];
    const to = (section) => {
      this.fieldBox.open = matchMedia(WIDE).matches;
      section.scrollIntoView({ block: 'start' });
      focusOn(section);
    };
    const link = (section) =>
      h(
        'li',
        {},
        button(section.querySelector('.label').textContent, () => to(section), { class: 'quiet' }),
      );
    this.fields.replaceChildren(...sections.map(link));
    this.checks += 1;
    const count = Object.keys(this.changed()).length;
    this.review.hidden = count === 0;
    this.review.textContent = count === 1 ? 'Review 1 changed field' : `Review ${count} changed fields`;
    if (count === 0) {
      clearErrors(this.form);
      this.panel.show(
        h('p', { class: 'about' }, 'Nothing is changed yet. Change a field, and you see here what differs before you publish it.'),
      );
    } else if (this.absence) {
      if (!this.absence.isConnected) this.panel.show(this.absence);
    } else {
      this.panel.show(h('p', { class: 'about' }, 'Checking …'));
      this.later();
    }
  }

  /** Returns the box with the changes of the whole document. */
  whole() {
    const { content } = this.draft;
    const start = (text, view, published) => button(text, () => this.start(view, published), { class: 'quiet' });
    return h(
      'div',
      { class: 'card-box' },
      h('h2', {}, 'The whole document'),
      h(
        'div',
        { class: 'row' },
        content.rename && start('Rename', renameView, (payload, to) => this.renamed(payload, to)),
        content.remove && start('Delete', removeView, (payload) => this.removed(payload)),
      ),
    );
  }

  changed() {
    return changedFields(this.draft.content, this.draft.base, this.draft.document);
  }

  run(settings) {
    const { content, slug, revision, base, document } = this.draft;
    if (slug === NEW) return create(this.desk, content, document, { expectedRevision: revision, ...settings });
    return patch(this.desk, content, slug, this.changed(), base, { expectedRevision: revision, ...settings });
  }

  /** Checks the draft by a dry run, unless values are missing that every document has, or the document is deleted. */
  async check() {
    const {
      desk,
      draft: { content },
    } = this;
    const changed = this.changed();
    if (isEmpty(Object.keys(changed)) || this.absence) return;
    const own = (this.checks += 1);
    const sent = this.draft.slug === NEW ? this.draft.document : changed;
    const lacking = missing(desk.schema, content.document, content.output, sent);
    if (lacking.length) {
      this.showProblems(lacking);
      return;
    }
    const payload = await this.run({ dryRun: true }).catch((refusal) => refusal);
    if (own !== this.checks) return;
    if (payload instanceof Error) {
      this.panel.show(
        h('p', { class: 'problem' }, payload.message),
        button('Check again', () => this.check()),
      );
    } else if (!(await this.failed(payload))) {
      clearErrors(this.form);
      if (payload.changed) this.panel.ready(payload);
      else this.panel.show(h('p', { class: 'about' }, 'This is the same document as the published one.'));
    }
  }

  /**
   * Shows the errors of a payload. Resolves to whether there are any. A conflict of a new document is an error of its slug: it has no
   * published document to compare with.
   */
  async failed(payload) {
    const { errors } = payload;
    if (!errors.length) return false;
    if (isGone(payload)) await this.showAbsence();
    else if (this.draft.slug !== NEW && errors.some(({ code }) => code === 'CONFLICT')) await this.showConflict();
    else this.showProblems(errors);
    return true;
  }

  showProblems(errors) {
    const others = showErrors(this.form, errors);
    const text = errors.length === 1 ? 'One field needs your attention.' : `${errors.length} fields need your attention.`;
    this.panel.show(
      h('p', { class: 'problem' }, text, ' Nothing can be published until then.'),
      others.map(({ message, path }) => h('p', {}, path ? `${path}: ` : '', message)),
      others.length < errors.length && toFirstError(this.form),
    );
  }

  /** Publishes the draft, which cannot be changed meanwhile. Resolves to nothing if it was refused. */
  async publish(settings) {
    this.form.inert = true;
    try {
      const payload = await this.run(settings);
      return (await this.failed(payload)) ? undefined : payload;
    } finally {
      this.form.inert = false;
    }
  }

  /** Reads the published document again, and says what was published. */
  async published(payload, told = `Published as revision ${payload.revision}.`) {
    const { revision } = payload;
    const notice = doneText(payload, told);
    if (this.draft.slug === NEW) {
      this.moveTo(this.draft.document.slug, notice, payload);
      return;
    }
    const stored = await readStored(this.desk, this.draft.content, this.draft.slug).catch(() => null);
    if (!stored) {
      this.draft.document = this.draft.base;
      this.element.replaceChildren(doneBox(`${notice} Reload the page to see it.`, payload));
      return;
    }
    Object.assign(this.draft, { base: stored.document, document: stored.document, revision: stored.revision });
    this.build();
    const revert = button('Revert', () => this.startRestore(revision - 1), { class: 'quiet' });
    const done = doneBox(notice, payload, revision ? revert : null);
    this.notice.replaceChildren(done);
    focusOn(done.firstChild);
  }

  /** Shows what the other editor and this one have changed. */
  async showConflict() {
    const { content, slug } = this.draft;
    const stored = await readStored(this.desk, content, slug);
    if (!stored) {
      await this.showAbsence();
      return;
    }
    const resolved = (document) => {
      Object.assign(this.draft, { base: stored.document, document, revision: stored.revision });
      this.build();
      focusOn(this.title);
    };
    this.panel.show(conflictView(this.desk, this.draft, stored, resolved));
  }

  /**
   * Says next to the changes that another editor has deleted the document, and offers to restore it. The changes stay. They are checked
   * again only on request, because looking for the deletion costs much.
   */
  async showAbsence() {
    const { content, slug } = this.draft;
    const heading = h('p', { class: 'problem', role: 'alert' }, ALREADY_DELETED);
    const absence = h('div', {}, heading);
    this.absence = absence;
    this.panel.show(absence);
    const again = button('Check again', () => {
      this.absence = null;
      this.edited();
    });
    absence.replaceChildren(await absentView(this.desk, content, slug, heading), again);
  }

  /** Shows the review of a change of the whole document in place of the form. */
  start(view, published) {
    if (isChanged(this.draft) && !confirm('Your changes are not published. Go on, and lose them?')) return;
    const cancel = () => this.build();
    this.element.replaceChildren(view(this.desk, this.draft, published, cancel, () => this.gone()));
  }

  /** Says that another editor has deleted the document, and offers to restore it. */
  async gone() {
    const { desk, draft } = this;
    const { content, slug } = draft;
    desk.drafts.delete(`${content.name}/${slug}`);
    const heading = h('h1', { class: 'view-title' }, ALREADY_DELETED);
    this.element.replaceChildren(await absentView(desk, content, slug, heading));
    focusOn(heading);
  }

  startRestore(revision) {
    const view = (desk, draft, ...others) => restoreView(desk, draft, revision, ...others);
    this.start(view, (payload) => this.published(payload, restoredText(payload)));
  }

  /** Shows the document at its new slug. */
  renamed(payload, slug) {
    this.moveTo(slug, `Renamed, as revision ${payload.revision}. The slug “${this.draft.slug}” still finds it.`, payload);
  }

  moveTo(slug, text, payload) {
    const { desk, draft } = this;
    desk.drafts.delete(`${draft.content.name}/${draft.slug}`);
    arriveAt(desk, draft.content, slug, doneBox(text, payload));
  }

  /** Says that the document is deleted, and offers to restore it. */
  removed(payload) {
    const { desk, draft } = this;
    const { revision } = payload;
    desk.drafts.delete(`${draft.content.name}/${draft.slug}`);
    const revert = button('Revert', () => restoreDeleted(desk, draft, revision - 1, this.element), { class: 'quiet' });
    const text = `“${draft.base[draft.content.title] ?? draft.slug}” is deleted, as revision ${revision}.`;
    const done = doneBox(text, payload, revert);
    this.element.replaceChildren(h('h1', { class: 'view-title' }, 'Deleted'), done);
    focusOn(done.firstChild);
  }
}

/** Returns the box that says what has just been done to a document, if `arriveAt` has shown it. */
function arrival(desk, { content, slug }) {
  const key = `${content.name}/${slug}`;
  const notice = desk.notices.get(key);
  desk.notices.delete(key);
  return notice ?? null;
}
