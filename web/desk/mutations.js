/** The mutations of the desk. Each resolves to the payload, whose `errors` are data. */
import { fieldsOf, KEY } from './schema.js';
import { isEmpty, isSame } from './values.js';

const PAYLOAD =
  'revision changed changes { type slug action fields { field before after } } warnings { message } errors { code path message }';
const SETTINGS = '$expectedRevision: Int, $dryRun: Boolean!, $message: String, $idempotencyKey: String';
const GIVEN = 'expectedRevision: $expectedRevision, dryRun: $dryRun, message: $message, idempotencyKey: $idempotencyKey';

/**
 * Sets fields of the document of a record. Everything else stays, also what others have changed meanwhile. `base` is the document
 * that the editor has changed.
 */
export async function patch(desk, content, slug, fields, base, settings) {
  const query = `mutation DeskPatch($slug: String!, $operations: ${content.operations}, ${SETTINGS}) {
    done: ${content.patch}(by: {slug: $slug}, operations: $operations, ${GIVEN}) { ${PAYLOAD} }
  }`;
  const known = fieldsOf(desk.schema, content.document, content.output).filter(({ name }) => name in fields);
  const changed = (field) => [field.name, changedPart(desk.schema, field, base[field.name], fields[field.name])];
  const set = Object.fromEntries(known.map(changed));
  const { done } = await desk.request(query, { slug, operations: [{ set }], ...settings });
  return { ...done, errors: done.errors.map((error) => ({ ...error, path: error.path?.replace(/^operations\[0\]\.set\.?/, '') })) };
}

/**
 * Creates a record with a document. What the document leaves out becomes null or empty. With the expected revision 0, an error at
 * `expectedRevision` means that a record has the slug already. So the error gets the path of the slug.
 */
export async function create(desk, content, document, settings) {
  const query = `mutation DeskCreate($document: ${content.document.name}!, ${SETTINGS}) {
    done: ${content.save}(document: $document, ${GIVEN}) { ${PAYLOAD} }
  }`;
  const stated = Object.fromEntries(Object.entries(document).filter(([, value]) => !isEmpty(value)));
  const { done } = await desk.request(query, { document: stated, ...settings });
  const inDocument = (path) => (path === 'expectedRevision' ? 'slug' : path?.replace(/^document\.?/, ''));
  return { ...done, errors: done.errors.map((error) => ({ ...error, path: inDocument(error.path) })) };
}

/** Whether a mutation was refused because the record that it names does not exist, so another editor has deleted it. */
export const isGone = ({ errors }) => errors.some(({ code, path }) => code === 'NOT_FOUND' && path === 'by');

/** Gives a record another slug. */
export async function rename(desk, content, slug, to, settings) {
  const query = `mutation DeskRename($slug: String!, $to: String!, ${SETTINGS}) {
    done: ${content.rename}(by: {slug: $slug}, to: $to, ${GIVEN}) { ${PAYLOAD} }
  }`;
  return (await desk.request(query, { slug, to, ...settings })).done;
}

/** Deletes a record. */
export async function remove(desk, content, slug, settings) {
  const query = `mutation DeskDelete($slug: String!, ${SETTINGS}) {
    done: ${content.remove}(by: {slug: $slug}, ${GIVEN}) { ${PAYLOAD} }
  }`;
  return (await desk.request(query, { slug, ...settings })).done;
}

/** Saves the document that a record had in a revision. */
export async function restore(desk, content, slug, revision, settings) {
  const query = `mutation DeskRestore($slug: String!, $revision: Int!, ${SETTINGS}) {
    done: ${content.restore}(by: {slug: $slug}, revision: $revision, ${GIVEN}) { ${PAYLOAD} }
  }`;
  return (await desk.request(query, { slug, revision, ...settings })).done;
}

/**
 * Returns what a patch sets in a field. Of a value object, these are only the members that differ. The others stay as they are. In
 * particular, a review whose date is set counts as a new review. Keys are left out, because only entries of lists have them.
 */
function changedPart(schema, field, base, value) {
  if (field.kind !== 'object' || field.isList || value === null) return value;
  const differs = ({ name }) => name !== KEY && !isSame(base?.[name], value[name]);
  const members = fieldsOf(schema, field.input, field.target).filter(differs);
  const part = (member) => [member.name, changedPart(schema, member, base?.[member.name], value[member.name] ?? null)];
  return Object.fromEntries(members.map(part));
}
