/** Values of documents: comparing them, and finding what is missing before the service can check them. */
import { fieldsOf, KEY } from './schema.js';

/** Whether a value says nothing: an optional field with it is not shown. */
export const isEmpty = (value) => value === null || value === undefined || (Array.isArray(value) && value.length === 0);

/** Whether two values are the same. A member that is left out is the same as null. */
export function isSame(one, other) {
  if (one === other || (isEmpty(one) && isEmpty(other))) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  if (Array.isArray(one)) return one.length === other.length && one.every((item, at) => isSame(item, other[at]));
  return [...new Set([...Object.keys(one), ...Object.keys(other)])].every((name) => isSame(one[name], other[name]));
}

/** Returns the fields of a document that differ from another one, with their values. In a new document, every field can differ. */
export function changedFields(content, base, document) {
  const names = [...(content.patched ?? Object.keys({ ...base, ...document }))].filter((name) => !isSame(base[name], document[name]));
  return Object.fromEntries(names.map((name) => [name, document[name] ?? null]));
}

/** Returns what must be filled in before the service can read the values, as errors with paths. */
export function missing(schema, input, output, value, path = '') {
  return fieldsOf(schema, input, output).flatMap((field) => {
    const at = path ? `${path}.${field.name}` : field.name;
    return field.name in value || path ? missingIn(schema, field, value[field.name], at) : [];
  });
}

function missingIn(schema, field, value, path) {
  if (value === null || value === undefined) {
    if (!field.isRequired || field.hasDefault) return [];
    const message = { choice: 'Choose a value.', reference: 'Choose a record.' }[field.kind] ?? 'Fill this in.';
    return [{ path, message: field.isList ? 'Add an entry.' : message }];
  }
  if (field.isList)
    return value.flatMap((item, at) => missingIn(schema, { ...field, isList: false, isRequired: true }, item, `${path}[${at}]`));
  return field.kind === 'object' ? missing(schema, field.input, field.target, value, path) : [];
}

/** Returns the value with which an added field or entry begins. */
export function initial(field) {
  return { object: {}, text: '' }[field.kind] ?? null;
}

/** Returns a text that names an entry of a list: its first text, else its first value of another kind. */
export function titleOf(desk, field, value) {
  const fields = fieldsOf(desk.schema, field.input, field.target).filter(
    (one) => one.name !== KEY && !one.isList && !one.isFilled && !isEmpty(value[one.name]),
  );
  const first = fields.find((one) => one.kind === 'text') ?? fields.find((one) => one.kind !== 'object') ?? fields[0];
  if (!first) return '';
  const inner = value[first.name];
  if (first.kind === 'object') return titleOf(desk, first, inner);
  return first.kind === 'choice' ? desk.choiceLabel(first.choice.name, inner) : String(inner);
}
