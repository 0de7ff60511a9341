import { isAbstractType, isInterfaceType, isObjectType, Kind, TypeInfo, visit, visitWithTypeInfo } from 'graphql';

/** The response key under which `withRuntimeTypes` selects `__typename`. */
export const RUNTIME_TYPE = 'runtimeType_';
/** Variables of the conditions that `rearranged` adds, with their values. */
const CONDITIONS = { yes_: true, no_: false };

/** Returns a function that returns random numbers from 0 to `end` - 1 (SplitMix32). */
export function randomFrom(seed) {
  let state = seed | 0;
  return (end) => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) % end;
  };
}

/**
 * Returns a document with one operation, and its variables, with the selections of its sets in another order: some are in
 * fragments, some fields are selected twice with different fields below, and some fragments have conditions.
 */
export function rearranged(schema, ast, variables, random) {
  const fragments = [];
  const used = new Set();
  const rearrange = (selections, parent) => {
    const some = shuffled(selections, random);
    for (const field of selections.filter((one) => one.kind === Kind.FIELD && one.selectionSet && random(4) === 0)) {
      some.splice(random(some.length + 1), 0, withFewerFields(field, random));
    }
    if (random(3) > 0) return some;
    const start = random(some.length);
    const moved = some.splice(start, 1 + random(some.length - start));
    some.splice(start, 0, inFragment(moved, parent));
    return some;
  };
  const inFragment = (selections, parent) => {
    const directives = random(2) === 0 ? [condition()] : [];
    const selectionSet = { kind: Kind.SELECTION_SET, selections };
    const conditions = typeConditions(schema, parent, selections);
    const typeCondition = { kind: Kind.NAMED_TYPE, name: name(conditions[random(conditions.length)]) };
    switch (random(3)) {
      case 0:
        return { kind: Kind.INLINE_FRAGMENT, directives, selectionSet };
      case 1:
        return { kind: Kind.INLINE_FRAGMENT, typeCondition, directives, selectionSet };
      default: {
        const own = name(`Moved${fragments.length}_`);
        fragments.push({ kind: Kind.FRAGMENT_DEFINITION, name: own, typeCondition, directives: [], selectionSet });
        return { kind: Kind.FRAGMENT_SPREAD, name: own, directives };
      }
    }
  };
  const condition = () => {
    const variable = Object.keys(CONDITIONS)[random(2)];
    const directive = ['include', 'skip'][random(2)];
    let value = { kind: Kind.BOOLEAN, value: CONDITIONS[variable] };
    if (random(2) === 0) {
      used.add(variable);
      value = { kind: Kind.VARIABLE, name: name(variable) };
    }
    const argument = { kind: Kind.ARGUMENT, name: name('if'), value };
    return { kind: Kind.DIRECTIVE, name: name(directive), arguments: [argument] };
  };
  const changed = eachSet(schema, ast, rearrange);
  const definitions = changed.definitions.map((definition) =>
    definition.kind === Kind.OPERATION_DEFINITION
      ? { ...definition, variableDefinitions: [...(definition.variableDefinitions ?? []), ...[...used].map(declaration)] }
      : definition,
  );
  return {
    ast: { ...changed, definitions: [...definitions, ...fragments] },
    variables: { ...variables, ...Object.fromEntries([...used].map((variable) => [variable, CONDITIONS[variable]])) },
  };
}

/** Returns a document that selects `__typename` wherever the type of the object is not known from the schema. */
export function withRuntimeTypes(schema, ast) {
  const selected = { kind: Kind.FIELD, name: name('__typename'), alias: name(RUNTIME_TYPE) };
  return eachSet(schema, ast, (selections, parent) => (isAbstractType(parent) ? [selected, ...selections] : selections));
}

/** Returns a document with other selections in each selection set. `change` gets the selections and their parent type. */
function eachSet(schema, ast, change) {
  const types = new TypeInfo(schema);
  const leave = (node) => ({ ...node, selections: change(node.selections, types.getParentType()) });
  return visit(ast, visitWithTypeInfo(types, { SelectionSet: { leave } }));
}

/** Returns the names of types on which a fragment with these selections is valid within the parent. */
function typeConditions(schema, parent, selections) {
  const fields = selections.every((one) => one.kind === Kind.FIELD) ? selections.map((one) => one.name.value) : null;
  const isIn = (type) => fields?.every((field) => field === '__typename' || type.getFields()[field]);
  const others = isObjectType(parent) ? parent.getInterfaces() : isInterfaceType(parent) ? schema.getPossibleTypes(parent) : [];
  return [parent, ...others.filter(isIn)].map((type) => type.name);
}

function withFewerFields(field, random) {
  const all = field.selectionSet.selections;
  const some = all.filter(() => random(2) === 0);
  return { ...field, selectionSet: { ...field.selectionSet, selections: shuffled(some.length > 0 ? some : all, random) } };
}

function shuffled(items, random) {
  const left = [...items];
  return items.map(() => left.splice(random(left.length), 1)[0]);
}

function declaration(variable) {
  const type = { kind: Kind.NON_NULL_TYPE, type: { kind: Kind.NAMED_TYPE, name: name('Boolean') } };
  return { kind: Kind.VARIABLE_DEFINITION, variable: { kind: Kind.VARIABLE, name: name(variable) }, type };
}

function name(value) {
  return { kind: Kind.NAME, value };
}
