/** The session of an editor who is signed in: the schema, the permissions of the key, and requests. */
import { requester } from './api.js';
import { DUE, INTROSPECTION, argument, named, readSchema, readable, reviewed, typeText } from './schema.js';
import { titles } from './titles.js';

/** A slug that no record has, for a mutation that changes nothing and tells whether the key may publish. */
const NO_SLUG = '-';
/** What is read of each page of records. */
const PAGE = 'totalCount pageInfo { hasNextPage endCursor }';

/**
 * Opens a session with a key: reads the schema and the labels of its enumerations, and finds out what the key may do.
 *
 * Rejects with a refusal if the key may not even check changes.
 */
export async function openSession(key) {
  const request = requester(key);
  const schema = readSchema(await request(INTROSPECTION));
  const labels = await readLabels(request, schema);
  const [content] = schema.contents;
  const probe = (dryRun) => {
    const query = `mutation DeskProbe($slug: String!, $operations: ${content.operations}, $dryRun: Boolean!) {
      ${content.patch}(by: {slug: $slug}, operations: $operations, dryRun: $dryRun) { changed }
    }`;
    return request(query, { slug: NO_SLUG, operations: [{ set: {} }], dryRun });
  };
  await probe(true);
  const mayPublish = await probe(false).then(
    () => true,
    (refusal) => {
      if (refusal.code !== 'FORBIDDEN') throw refusal;
      return false;
    },
  );
  const types = new Map(schema.contents.map((one) => [one.name, one]));
  const contentOf = (name) => {
    if (!types.has(name) && schema.byName.get(name)?.interfaces) types.set(name, readable(schema, name));
    return types.get(name);
  };
  return {
    request,
    schema,
    mayPublish,
    contentOf,
    drafts: new Map(),
    choiceLabel: (type, value) => labels.get(type)?.get(value) ?? value,
    titleOf: titles(request, contentOf),
    find: (type, text, count, after) => find(request, contentOf(type), text, count, after),
    search: (text, count, after) => search(request, schema, text, count, after),
    overdue: (count) => overdue(request, schema, count),
    notices: new Map(),
  };
}

async function readLabels(request, schema) {
  const { enumerations } = await request('query DeskLabels { enumerations { name values { name label } } }');
  return new Map(enumerations.map(({ name, values }) => [name, new Map(values.map((value) => [value.name, value.label]))]));
}

/**
 * Finds records of a type by words; all of them, in the order of the library, without words. Resolves to a page of them after a cursor:
 * `records`, the `total` of all pages, and `next`, the cursor of the next page, or null.
 */
async function find(request, { name, list, title }, text, count, after = null) {
  const search = text.trim() ? { text: text.trim() } : null;
  const query = `query DeskFind($search: TextSearch, $first: Int, $after: String) {
    found: ${list}(search: $search, first: $first, after: $after) { ${PAGE} nodes { slug title: ${title} } }
  }`;
  const { found } = await request(query, { search, first: count, after });
  return page(found, ({ slug, title }) => ({ type: name, slug, title }));
}

/**
 * Finds the records whose next review was due before today. Resolves to at most this many `records`, the longest overdue ones first, and
 * the `total`. A record that is embedded in a document has the document as its `owner`.
 */
async function overdue(request, schema, count) {
  const types = reviewed(schema);
  if (!types.length) return { records: [], total: 0 };
  const lists = types.map(({ name, list, title, review, owner }) => {
    const chosen = `first: $first, where: {${review}: {${DUE}: {lt: $today}}}, orderBy: [{${review}: {${DUE}: ASC}}]`;
    const document = owner ? `owner: ${owner.field} { slug }` : '';
    return `${name}: ${list}(${chosen}) { totalCount nodes { slug title: ${title} review: ${review} { due: ${DUE} } ${document} } }`;
  });
  const today = new Date().toISOString().slice(0, 10);
  const found = await request(`query DeskOverdue($first: Int, $today: String!) { ${lists.join(' ')} }`, { first: count, today });
  const records = types.flatMap(({ name, owner }) => {
    const documentOf = (node) => owner && { type: owner.type, slug: node.owner.slug };
    return found[name].nodes.map((node) => ({
      type: name,
      slug: node.slug,
      title: node.title,
      due: node.review.due,
      owner: documentOf(node),
    }));
  });
  records.sort((one, other) => one.due.localeCompare(other.due));
  const total = types.reduce((sum, { name }) => sum + found[name].totalCount, 0);
  return { records: records.slice(0, count), total };
}

function page({ totalCount, pageInfo, nodes }, record) {
  return { records: nodes.map(record), total: totalCount, next: pageInfo.hasNextPage ? pageInfo.endCursor : null };
}

/** Finds records of all types that have documents. Resolves to a page, as `find` does. */
async function search(request, { query, contents, byName }, text, count, after = null) {
  const root = query.fields.find(({ name }) => name === 'search');
  const types = argument(root, 'types');
  const plain = (name) => name.replaceAll('_', '').toLowerCase();
  const own = new Map(contents.map((content) => [plain(content.name), content]));
  const all = byName.get(named(types.type).name).enumValues.map(({ name }) => name);
  const chosen = all.filter((name) => own.has(plain(name)));
  const fragments = contents.map(({ name, title }) => `... on ${name} { title_${name}: ${title} }`).join(' ');
  const asked = `query DeskSearch($text: String!, $types: ${typeText(types.type)}, $first: Int, $after: String) {
    found: search(text: $text, types: $types, first: $first, after: $after) { ${PAGE} nodes { __typename slug ${fragments} } }
  }`;
  const { found } = await request(asked, { text: text.trim(), types: chosen, first: count, after });
  return page(found, (node) => ({ type: node.__typename, slug: node.slug, title: node[`title_${node.__typename}`] }));
}
