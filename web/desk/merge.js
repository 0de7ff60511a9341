/**
 * Merging the changes of two editors of one document, as the service does: value objects member by member, and entries of lists by
 * their keys.
 */
import { fieldsOf, KEY } from './schema.js';
import { isSame } from './values.js';

/**
 * Returns the merged document. `base` is the document that both editors have read, `theirs` is the published one, and `yours` that of
 * the form.
 *
 * `decide(part)` returns the merged value of each part that theirs has changed, unless yours has the same value. A part is a field, a
 * member or an entry. It has its `field`, its three values (undefined where there is no such entry), the `trail` of labels that leads to
 * it, and `isBoth`: whether yours has changed it too. Two calls with the same documents have the same parts in the same order.
 */
export function mergeDocuments(schema, content, versions, decide) {
  const fields = fieldsOf(schema, content.document, content.output).filter(({ name }) => content.patched.has(name));
  return mergeMembers(schema, fields, versions, [], decide);
}

function mergeMembers(schema, fields, { base, theirs, yours }, trail, decide) {
  const merged = fields.map((field) => {
    const [one, other, own] = [base, theirs, yours].map((value) => value[field.name]);
    const step = { label: field.label };
    return [field.name, merge(schema, field, { base: one, theirs: other, yours: own }, [...trail, step], decide)];
  });
  return { ...theirs, ...Object.fromEntries(merged) };
}

function merge(schema, field, versions, trail, decide) {
  const { base, theirs, yours } = versions;
  if (isSame(theirs, yours)) return theirs;
  if (isSame(theirs, base)) return yours;
  const isMerged = field.kind === 'object' && !isSame(yours, base) && base && theirs && yours;
  if (isMerged && !field.isList) {
    return mergeMembers(schema, fieldsOf(schema, field.input, field.target), versions, trail, decide);
  }
  const merged = isMerged && mergeEntries(schema, field, versions, trail, decide);
  return merged || decide({ field, trail, ...versions, isBoth: !isSame(yours, base) });
}

/** Returns what identifies an entry of a list: its key, else its slug, else the entry itself, which is new. */
const identity = (entry) => entry[KEY] ?? entry.slug ?? entry;

/**
 * Merges lists of objects; undefined if their entries have no keys, or if both editors have moved entries. An entry that only one of the
 * lists has stays after the entry that precedes it there.
 */
function mergeEntries(schema, field, { base, theirs, yours }, trail, decide) {
  const stored = [...base, ...theirs];
  const [before, published, own] = [base, theirs, yours].map((list) => new Map(list.map((entry) => [identity(entry), entry])));
  const isDistinct = before.size === base.length && published.size === theirs.length && own.size === yours.length;
  if (!isDistinct || stored.some((entry) => identity(entry) === entry)) return undefined;
  const common = (list) => [...list.keys()].filter((id) => [before, published, own].every((one) => one.has(id)));
  const isMoved = (one, other) => !isSame(common(one), common(other));
  const isYours = isMoved(own, before) && isMoved(own, published);
  if (isYours && isMoved(published, before)) return undefined;
  const [ids, others] = (isYours ? [own, published] : [published, own]).map((list) => [...list.keys()]);
  let next = 0;
  for (const id of others) {
    const at = ids.indexOf(id);
    if (at < 0) ids.splice(next, 0, id);
    next = (at < 0 ? next : at) + 1;
  }
  const position = (id) => [...(own.has(id) ? own : published).keys()].indexOf(id) + 1;
  const entry = { ...field, isList: false };
  const merged = ids.map((id) => {
    const versions = { base: before.get(id), theirs: published.get(id), yours: own.get(id) };
    return merge(schema, entry, versions, [...trail, { label: String(position(id)) }], decide);
  });
  return merged.filter(Boolean);
}
