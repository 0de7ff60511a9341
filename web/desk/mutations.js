/** The mutations of the desk. Each resolves to the payload, whose `errors` are data. */
import { fieldsOf, KEY } from './schema.js';
import { isEmpty } from './values.js';

const PAYLOAD = 'revision changed changes { type slug action fields { field before after } } errors { code path message }';
const SETTINGS = '$expectedRevision: Int, $dryRun: Boolean!, $message: String, $idempotencyKey: String';
const GIVEN = 'expectedRevision: $expectedRevision, dryRun: $dryRun, message: $message, idempotencyKey: $idempotencyKey';

/** Sets fields of the document of a record. Everything else stays, also what others have changed meanwhile. */
export async function patch(desk, content, slug, fields, settings) {
  const query = `mutation DeskPatch($slug: String!, $operations: ${content.operations}, ${SETTINGS}) {
    done: ${content.patch}(by: {slug: $slug}, operations: $operations, ${GIVEN}) { ${PAYLOAD} }
  }`;
  const known = fieldsOf(desk.schema, content.document, content.output).filter(({ name }) => name in fields);
  const set = Object.fromEntries(known.map((field) => [field.name, complete(desk.schema, field, fields[field.name])]));
  const { done } = await desk.request(query, { slug, operations: [{ set }], ...settings });
  return { ...done, errors: done.errors.map((error) => ({ ...error, path: error.path?.replace(/^operations\[0\]\.set\.?/, '') })) };
}

/** Creates a record with a document. What the document leaves out becomes null or empty. */
export async function create(desk, content, document, settings) {
  const query = `mutation DeskCreate($document: ${content.document.name}!, ${SETTINGS}) {
    done: ${content.save}(document: $document, ${GIVEN}) { ${PAYLOAD} }
  }`;
  const stated = Object.fromEntries(Object.entries(document).filter(([, value]) => !isEmpty(value)));
  const { done } = await desk.request(query, { document: stated, ...settings });
  return { ...done, errors: done.errors.map((error) => ({ ...error, path: error.path?.replace(/^document\.?/, '') })) };
}

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

/** Adds the members of a value object that have no value, because a patch keeps what it leaves out. Only entries of lists have keys. */
function complete(schema, field, value) {
  if (field.kind !== 'object' || field.isList || value === null) return value;
  const patched = fieldsOf(schema, field.input, field.target).filter(({ name }) => name !== KEY);
  const members = patched.map((member) => {
    const inner = value[member.name] ?? (member.isList ? [] : null);
    return [member, complete(schema, member, inner)];
  });
  return Object.fromEntries(
    members.filter(([member, inner]) => inner !== null || !member.hasDefault).map(([{ name }, inner]) => [name, inner]),
  );
}
