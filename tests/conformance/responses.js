import {
  executeSync,
  getOperationAST,
  introspectionTypes,
  isObjectType,
  parse,
  print,
  SchemaMetaFieldDef,
  TypeMetaFieldDef,
} from 'graphql';
import { rearranged, RUNTIME_TYPE, withRuntimeTypes } from './rearrange.js';
import { post } from './server.js';

// Without the resolvers of graphql-js, `completed` reads introspection from the response of the service, too.
const introspection = introspectionTypes.filter(isObjectType).flatMap((type) => Object.values(type.getFields()));
for (const field of [SchemaMetaFieldDef, TypeMetaFieldDef, ...introspection]) delete field.resolve;

/** `1.0` is a number of JSON that JavaScript writes as `1`. */
const WHOLE_FLOAT = /([:,[]-?\d+)\.0(?=[,}\]])/g;

/** Returns the request for a line of the generator, with its selections rearranged; `null` if it is not a query. */
export function request(schema, { document, variables }, ids, random) {
  const ast = parse(withId(document, ids, random));
  if (getOperationAST(ast).operation !== 'query') return null;
  const changed = rearranged(schema, ast, variables, random);
  const typed = withRuntimeTypes(schema, changed.ast);
  return { ast: typed, query: print(typed), variables: changed.variables };
}

/** Sends a request. Resolves to the text of the response and to its value. */
export async function respond(url, { query, variables }) {
  const headers = { 'content-type': 'application/json', accept: 'application/graphql-response+json' };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query, variables }) });
  const text = await response.text();
  return { text: text.replaceAll(WHOLE_FLOAT, '$1'), value: JSON.parse(text) };
}

/**
 * Returns the text of the response that graphql-js writes for a request if each field has the value that it has in the
 * response of the service. Errors that only graphql-js has, such as a null where the type does not allow it, are in
 * `differences`.
 */
export function completed(schema, { ast, variables }, response) {
  if (!response.data) return text(response);
  const { data, errors = [] } = executeSync({
    schema,
    document: ast,
    variableValues: variables,
    rootValue: response.data,
    fieldResolver: (source, _arguments, _context, { path }) => source[path.key],
    typeResolver: (source) => source[RUNTIME_TYPE],
  });
  const known = new Set(response.errors?.map(pathOf));
  const differences = errors.filter((error) => !known.has(pathOf(error)));
  return text({ ...response, data, ...(differences.length > 0 && { differences }) });
}

function text(response) {
  return JSON.stringify(response).replaceAll(WHOLE_FLOAT, '$1');
}

/** Returns the path of an error as a text. The service reports an invalid argument in a list once, with the index 0. */
function pathOf({ path = [] }) {
  return path.map((step) => (typeof step === 'number' ? 0 : step)).join('.');
}

/** Resolves to the id of a record of each type, by the name of the type. */
export async function idsByType(schema, url) {
  const connections = schema.getPossibleTypes(schema.getType('Node')).map(({ name }) => `${name}Connection`);
  const lists = Object.values(schema.getQueryType().getFields()).filter(({ type }) => connections.includes(String(type)));
  const { data } = await post(url, `{ ${lists.map(({ name }) => `${name}(first: 1) { nodes { __typename id } }`).join(' ')} }`);
  return new Map(Object.values(data).flatMap(({ nodes }) => nodes.map(({ __typename, id }) => [__typename, id])));
}

/** Returns the document with the id of a record in `node(id:)`, if possible of a type that has a fragment. */
function withId(document, ids, random) {
  return document.replaceAll(/\bnode\(id: "[^"]*"\)/g, () => {
    const named = [...document.matchAll(/\bon (\w+)/g)].map((match) => match[1]).filter((type) => ids.has(type));
    const types = named.length > 0 ? named : [...ids.keys()];
    return `node(id: ${JSON.stringify(ids.get(types[random(types.length)]))})`;
  });
}
