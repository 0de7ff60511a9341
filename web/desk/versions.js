/** The versions of a document, and restoring one, also after the document was deleted. */
import { arriveAt } from './address.js';
import { button, h } from './dom.js';
import { restore } from './mutations.js';
import { doneBox, doneText } from './panel.js';
import { reviewView } from './review.js';
import { words } from './schema.js';

const PAGE = 20;
/** Number of the latest revisions that are searched for the deletion of a document, and of the changes that are read of each. */
const SEARCHED = 100;
const ENTRIES = `nodes { action type slug fields revision { number publishedAt author message } } pageInfo { hasNextPage endCursor }`;

/** Returns the versions, which are read when the box is opened. `startRestore(revision)` starts restoring one. */
export function versionsBox(desk, draft, startRestore) {
  const list = h('ol', { class: 'versions' });
  const place = h('div', {}, list);
  const box = h('details', { class: 'card-box' }, h('summary', {}, h('h2', {}, 'History')), place);
  // The revision that was read last. It can have changed several records of the document.
  let last = null;
  const add = (change) => {
    if (last?.number !== change.revision.number) {
      const changes = h('ul');
      list.append(version(change.revision, changes, last === null, startRestore));
      last = { number: change.revision.number, changes, isCreation: false };
    }
    last.isCreation ||= change.action === 'CREATED' && change.type === draft.content.name;
    last.changes.append(h('li', {}, changed(change, draft)));
  };
  const more = async (after) => {
    const { content, slug } = draft;
    const query = `query DeskHistory($slug: String!, $after: String) {
      record: ${content.one}(by: {slug: $slug}) { history(first: ${PAGE}, after: $after) { ${ENTRIES} } }
    }`;
    try {
      const { nodes, pageInfo } = (await desk.request(query, { slug, after })).record.history;
      nodes.forEach(add);
      if (pageInfo.hasNextPage) place.append(older(() => more(pageInfo.endCursor)));
      else list.append(first(last, startRestore));
    } catch (refusal) {
      place.append(h('p', { class: 'problem' }, refusal.message));
    }
  };
  const older = (read) => {
    const next = button(
      'Older versions',
      () => {
        next.remove();
        read();
      },
      { class: 'quiet' },
    );
    return next;
  };
  box.addEventListener('toggle', () => more(null), { once: true });
  return box;
}

/** Returns what a revision did with a record: with the document itself, or with a record that is embedded in it. */
function changed({ action, type, slug, fields }, { content }) {
  const what = fields.length ? fields.map((field) => words(field)).join(', ') : words(action);
  return type === content.name ? what : `${words(type)} ${slug}: ${what}`;
}

function version({ number, publishedAt, author, message }, changes, isPresent, startRestore) {
  const time = h(
    'time',
    { datetime: publishedAt },
    new Date(publishedAt).toLocaleString('en', { dateStyle: 'medium', timeStyle: 'short' }),
  );
  return h(
    'li',
    {},
    h('p', {}, h('strong', {}, `Revision ${number}`), isPresent ? ' · as it is now' : ''),
    h('p', { class: 'about' }, time, author ? ` · ${author}` : ''),
    changes,
    message && h('p', { class: 'said' }, `“${message}”`),
    !isPresent && button('Restore', () => startRestore(number), { class: 'quiet', 'aria-label': `Restore revision ${number}` }),
  );
}

/** Returns the version before the oldest revision. The first revision of a library lists no changes. */
function first(oldest, startRestore) {
  if (!oldest) return h('li', {}, h('p', { class: 'about' }, 'It has not changed since it was imported.'));
  if (oldest.isCreation) return '';
  const before = oldest.number - 1;
  return h(
    'li',
    {},
    h('p', {}, h('strong', {}, `Before revision ${before + 1}`)),
    button('Restore', () => startRestore(before), { class: 'quiet', 'aria-label': `Restore the document before revision ${before + 1}` }),
  );
}

/** Returns the review of an earlier version: what would differ from now, and the button that publishes it. */
export function restoreView(desk, draft, revision, published, cancel) {
  const { content, slug } = draft;
  return reviewView(desk, draft, {
    title: `Restore the document of revision ${revision}`,
    about: 'Publishing makes a new revision; the versions in between stay in the history.',
    run: (settings) => restore(desk, content, slug, revision, settings),
    unchanged: 'It is the same as the document now. There is nothing to restore.',
    message: `Restores the document of revision ${revision}`,
    published,
    cancel,
  });
}

/** Says that an earlier version is published. */
export const restoredText = (payload) =>
  doneText(payload, `The earlier document is published again, as revision ${payload.revision}.`);

/** Shows the review of an earlier version of a deleted document in place of a view. */
export function restoreDeleted(desk, { content, slug }, revision, view) {
  const shown = [...view.childNodes];
  const cancel = () => view.replaceChildren(...shown);
  const published = (payload) => arriveAt(desk, content, slug, doneBox(restoredText(payload), payload));
  // Nothing is left that could be changed meanwhile, so restoring expects no revision.
  view.replaceChildren(restoreView(desk, { content, slug, revision: null }, revision, published, cancel));
}

/**
 * Returns the view of the absence of a document, with a heading. If a recent revision has deleted it, its last version can be restored.
 */
export async function absentView(desk, content, slug, heading = h('h1', { class: 'view-title' }, 'There is no such document')) {
  // The search may be refused, because it costs much.
  const found = await deletionOf(desk, content, slug).catch((refusal) => refusal);
  const deletion = found instanceof Error ? undefined : found;
  const restoring = () => restoreDeleted(desk, { content, slug }, deletion - 1, view);
  const missing =
    found instanceof Error
      ? `The desk could not look for its deletion: ${found.message}`
      : `Its deletion was not found in the latest ${SEARCHED} revisions (the desk reads the first ${SEARCHED} changes of each).`;
  const byHand = `the mutation ${content.restore} can restore it: send its slug, and a revision in which it existed.`;
  const unknown = `${missing} If it was deleted, ${byHand}`;
  const box = h(
    'div',
    { class: 'card-box' },
    heading,
    h('p', {}, `${content.label} “${slug}”`),
    h('p', { class: 'about' }, deletion ? `It was deleted in revision ${deletion}.` : unknown),
    deletion && button('Restore', restoring),
  );
  const view = h('div', {}, box);
  return view;
}

/** Resolves to the latest revision that has deleted a document with this slug; undefined if no recent revision has. */
async function deletionOf(desk, { name }, slug) {
  const { revisions } = await desk.request(`query DeskDeletions {
    revisions(first: ${SEARCHED}) { nodes { number changes(first: ${SEARCHED}) { nodes { action type slug } } } }
  }`);
  const isDeletion = (change) => change.action === 'DELETED' && change.type === name && change.slug === slug;
  return revisions.nodes.find(({ changes }) => changes.nodes.some(isDeletion))?.number;
}
