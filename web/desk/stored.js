/** Reading the present document of a record, by a query that is made from its input type. */
import { fieldsOf } from './schema.js';
import { Refusal } from './api.js';

/**
 * Page sizes with which a document is read: of lists of the record, and of lists within these. The next pair is used if a list has more
 * entries. The cost of a query grows with both sizes, and few documents need more than the first pair.
 */
const PAGES = [
  [20, 5],
  [50, 10],
  [100, 20],
  [100, 100],
];

/** The document of a record as it is published, and the revision of the library in which it was read; null if there is none. */
export async function readStored(desk, content, slug) {
  for (const pages of PAGES) {
    const query = `query DeskDocument($slug: String!) {
      library { revision }
      record: ${content.one}(by: {slug: $slug}) { revision ${selection(desk.schema, content.document, content.output, pages)} }
    }`;
    const { library, record } = await desk.request(query, { slug });
    if (!record) return null;
    if (!isCut(record)) {
      return { revision: library.revision, document: documentOf(desk.schema, content.document, content.output, record) };
    }
  }
  throw new Refusal(null, `A list of this document has more than ${PAGES.at(-1)[1]} entries. Change it by a file: see dermagraph export.`);
}

/** Returns the selection of all fields that the document has. */
function selection(schema, input, output, [first, deeper]) {
  const selected = fieldsOf(schema, input, output).map((field) => {
    if (field.kind !== 'object' && field.kind !== 'reference') return field.name;
    const inner = field.kind === 'object' ? selection(schema, field.input, field.target, [deeper, deeper]) : 'slug';
    return field.isPaged ? `${field.name}(first: ${first}) { nodes { ${inner} } pageInfo { hasNextPage } }` : `${field.name} { ${inner} }`;
  });
  return selected.join(' ');
}

function isCut(value) {
  if (Array.isArray(value)) return value.some(isCut);
  if (typeof value !== 'object' || value === null) return false;
  return value.pageInfo?.hasNextPage || Object.values(value).some(isCut);
}

/** Returns the document of what was read: references are slugs, and lists are plain. */
function documentOf(schema, input, output, record) {
  const entries = fieldsOf(schema, input, output).map((field) => {
    const read = field.isPaged ? record[field.name].nodes : record[field.name];
    const one = (value) => {
      if (value === null) return null;
      if (field.kind === 'reference') return value.slug;
      return field.kind === 'object' ? documentOf(schema, field.input, field.target, value) : value;
    };
    const value = field.isList ? read.map(one) : one(read);
    return [field.name, field.isList && field.kind === 'object' ? unnumbered(schema, field, value) : value];
  });
  return Object.fromEntries(entries);
}

/** Removes the fields that only number the entries of a list, because the service numbers the entries again after a move. */
function unnumbered(schema, field, items) {
  const counts = ({ name, kind, isFilled }) => kind === 'number' && isFilled && items.every((item, at) => item[name] === at + 1);
  const counting = new Set(
    fieldsOf(schema, field.input, field.target)
      .filter(counts)
      .map(({ name }) => name),
  );
  return items.map((item) => Object.fromEntries(Object.entries(item).filter(([name]) => !counting.has(name))));
}
