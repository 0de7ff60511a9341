/**
 * The schema of the service, as introspection describes it. The desk has no list of types or fields: what can be edited, and how,
 * follows from the mutations, their input types, and the output types, which have the same names.
 */

/** The parts of the schema that the desk needs. */
export const INTROSPECTION = `query DeskSchema {
  __schema {
    queryType { name }
    mutationType { name }
    types {
      kind name
      interfaces { name }
      fields { name args { name type { ...Type } } type { ...Type } }
      inputFields { name description defaultValue type { ...Type } }
      enumValues { name description }
    }
  }
}
fragment Type on __Type { kind name ofType { kind name ofType { kind name ofType { kind name } } } }`;

/** Returns the schema of the result of introspection. `contents` has the types whose documents can be changed. */
export function readSchema({ __schema: { queryType, mutationType, types } }) {
  const byName = new Map(types.map((type) => [type.name, type]));
  const schema = { byName, query: byName.get(queryType.name), mutation: byName.get(mutationType?.name) };
  return { ...schema, contents: contents(schema) };
}

/** Returns a type without its wrappers. */
export function named(type) {
  return type.ofType ? named(type.ofType) : type;
}

/** Writes a type as in the schema language. */
export function typeText(type) {
  if (type.kind === 'NON_NULL') return `${typeText(type.ofType)}!`;
  return type.kind === 'LIST' ? `[${typeText(type.ofType)}]` : type.name;
}

/** Returns words for a name such as `adverseEffects` or `AT_HOME`. */
export function words(name) {
  const spaced = /[a-z]/.test(name) ? name.replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2') : name.replaceAll('_', ' ');
  return spaced.charAt(0).toUpperCase() + spaced.slice(1).toLowerCase();
}

const isRequired = (type) => type.kind === 'NON_NULL';
const isList = (type) => (isRequired(type) ? type.ofType : type).kind === 'LIST';
const field = (type, name) => type?.fields?.find((one) => one.name === name);

/** Returns an argument of a field; undefined if it has none with this name. */
export const argument = (of, name) => of.args.find((one) => one.name === name);

/**
 * Returns the types whose documents can be changed, each with its mutations. A mutation is known by its arguments: `document` saves,
 * `operations` patches, `to` renames, `revision` restores. The one that deletes returns no record, so it is known by its name.
 */
function contents(schema) {
  const { byName, mutation } = schema;
  const saves = (mutation?.fields ?? []).filter((save) => argument(save, 'document'));
  return saves.map((save) => {
    const payload = named(save.type).name;
    const siblings = mutation.fields.filter((other) => named(other.type).name === payload);
    const having = (name) => siblings.find((other) => argument(other, name));
    const [patch, rename, restore] = [having('operations'), having('to'), having('revision')];
    const content = named(field(byName.get(payload), 'record').type).name;
    const isRemoval = ({ name, type }) => name.endsWith(content) && !field(byName.get(named(type).name), 'record');
    const operation = byName.get(named(argument(patch, 'operations').type).name);
    const set = operation.inputFields.find(({ name }) => name === 'set');
    return {
      ...readable(schema, content),
      document: byName.get(named(argument(save, 'document').type).name),
      patched: new Set(byName.get(named(set.type).name).inputFields.map(({ name }) => name)),
      operations: typeText(argument(patch, 'operations').type),
      save: save.name,
      patch: patch.name,
      rename: rename?.name,
      remove: mutation.fields.find((other) => isRemoval(other) && /^[a-z]+$/.test(other.name.slice(0, -content.length)))?.name,
      restore: restore.name,
    };
  });
}

/** The member of a review with the day of the next one. It is the only field of content that the desk knows by its name. */
export const DUE = 'nextDue';

/**
 * Returns how records of a type are read: one by its slug, many by a search, the field with their title, and the one with their review;
 * undefined if they have none.
 */
export function readable({ byName, query }, name) {
  const output = byName.get(name);
  const returning = (type) => query.fields.filter((root) => named(root.type).name === type);
  const common = new Set(output.interfaces.flatMap((type) => byName.get(type.name).fields.map((one) => one.name)));
  const isTitle = (one) => !one.args.length && !common.has(one.name) && typeText(one.type) === 'String!';
  const list = returning(`${name}Connection`).find((root) => argument(root, 'search'));
  const where = list && byName.get(named(argument(list, 'where').type).name);
  const isReview = ({ type }) => byName.get(named(type).name).inputFields?.some((member) => member.name === DUE);
  return {
    name,
    label: words(name),
    output,
    one: returning(name).find((root) => argument(root, 'by'))?.name,
    list: list?.name,
    title: output.fields.find(isTitle)?.name ?? 'slug',
    review: where?.inputFields.find(isReview)?.name,
  };
}

/**
 * Returns the types whose records have reviews: types with documents, and types that are embedded in such a document. The latter have an
 * `owner`: the type with the document, and the field that leads to it.
 */
export function reviewed(schema) {
  const embedded = schema.contents.flatMap(({ name, document, output }) => {
    const lists = fieldsOf(schema, document, output).filter(({ kind, isPaged }) => kind === 'object' && isPaged);
    return lists.map(({ target }) => {
      const back = target.fields.find(({ type }) => typeText(type) === `${name}!`);
      return { ...readable(schema, target.name), owner: back && { type: name, field: back.name } };
    });
  });
  return [...schema.contents, ...embedded.filter(({ owner }) => owner)].filter(({ review }) => review);
}

/** The member with the key of an entry, by which the service finds the entry. It stays in the document, and forms do not show it. */
export const KEY = 'key';

const known = new WeakMap();

/**
 * Returns what a form needs to know of each field of a document. A field that cannot be read is left out, so a patch keeps it.
 *
 * `kind` is `object`, `reference`, `choice`, `boolean`, `number` or `text`. `isFilled`: the service fills the value in if it is left
 * out. `isPaged`: the values are read as a connection.
 */
export function fieldsOf(schema, input, output) {
  const make = () =>
    input.inputFields.filter(({ name }) => field(output, name)).map((one) => described(schema, one, field(output, one.name)));
  if (!known.has(input)) known.set(input, make());
  return known.get(input);
}

function described({ byName }, { name, description, defaultValue, type }, read) {
  const inner = named(type);
  const isPaged = Boolean(argument(read, 'after'));
  const connected = byName.get(named(read.type).name);
  const target = isPaged ? byName.get(named(field(connected, 'nodes').type).name) : connected;
  return {
    name,
    label: words(name),
    description,
    kind: kindOf(inner, target),
    isInteger: inner.name === 'Int',
    choice: inner.kind === 'ENUM' ? byName.get(inner.name) : undefined,
    input: inner.kind === 'INPUT_OBJECT' ? byName.get(inner.name) : undefined,
    target,
    isList: isList(type),
    isRequired: isRequired(type),
    isFilled: !isRequired(type) && !isList(type) && defaultValue === null && isRequired(read.type),
    hasDefault: defaultValue !== null,
    isPaged,
  };
}

function kindOf(inner, target) {
  if (inner.kind === 'INPUT_OBJECT') return 'object';
  if (inner.kind === 'ENUM') return 'choice';
  if (target.kind === 'OBJECT') return 'reference';
  return { Boolean: 'boolean', Int: 'number', Float: 'number' }[inner.name] ?? 'text';
}
