/** The interface of all content types. */
const RECORD = 'Record';

/**
 * Returns the result of introspection with its types in the order in which the documentation lists them: the content types,
 * then the objects and enumerations in them, then everything else, such as connections, filters and payloads. Within these,
 * the order of the service stays.
 */
export function withContentFirst(result) {
  const schema = result.data?.__schema;
  if (!schema) return result;
  const { types } = schema;
  const contents = types.filter(({ interfaces }) => interfaces?.some(({ name }) => name === RECORD));
  const first = [...new Set([...contents, ...within(contents, types)])];
  const others = types.filter((type) => !first.includes(type));
  return { ...result, data: { ...result.data, __schema: { ...schema, types: [...first, ...others] } } };
}

/** Returns the objects and enumerations to which fields of these types lead. A page of records is no part of a record. */
function within(contents, types) {
  const byName = new Map(types.map((type) => [type.name, type]));
  const isPage = (type) => type.fields?.some(({ name }) => name === 'pageInfo');
  const found = new Set();
  const visit = ({ fields }) => {
    for (const { type } of fields ?? []) {
      const inner = byName.get(named(type));
      if (!['OBJECT', 'ENUM'].includes(inner.kind) || isPage(inner) || found.has(inner)) continue;
      found.add(inner);
      visit(inner);
    }
  };
  contents.forEach(visit);
  return types.filter((type) => found.has(type));
}

const named = (type) => (type.ofType ? named(type.ofType) : type.name);
