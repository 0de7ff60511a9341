/** The differences between two values, as editors see them. */
import { h } from './dom.js';
import { fieldsOf, KEY, words } from './schema.js';
import { isEmpty, isSame } from './values.js';

/** Maximum number of words of two texts that are compared word by word. Longer texts are shown whole. */
const MAX_WORDS = 600;

/** Returns the list of the changes that a mutation reports: those of the document first, then those of others. */
export function changesList(desk, content, slug, changes) {
  const isOwn = (change) => change.type === content.name && change.slug === slug;
  const sorted = [...changes.filter(isOwn), ...changes.filter((change) => !isOwn(change))];
  return h(
    'div',
    { class: 'changes' },
    sorted.map((change) => recordChange(desk, change, isOwn(change))),
  );
}

function recordChange(desk, { type, slug, action, fields }, isOwn) {
  const described = desk.contentOf(type);
  const known = new Map(
    described?.document ? fieldsOf(desk.schema, described.document, described.output).map((field) => [field.name, field]) : [],
  );
  const leaves = fields.flatMap(({ field, before, after }) => {
    const one = known.get(field);
    const trail = [{ label: one?.label ?? words(field), isComputed: !one }];
    return differences(desk, one, before, after, trail);
  });
  const title = isOwn && leaves.length ? null : h('h3', {}, `${words(type)} “${slug}”: ${words(action).toLowerCase()}`);
  return h('section', {}, title, leaves.length > 0 && h('ul', { class: 'plain' }, leaves.map(leaf)));
}

/** Returns the innermost values that differ, each with the labels that lead to it. */
export function differences(desk, field, before, after, trail) {
  if (isSame(before, after)) return [];
  if (Array.isArray(before ?? after) && Array.isArray(after ?? before))
    return ofLists(desk, field, unnumbered(before ?? []), unnumbered(after ?? []), trail);
  if (isObject(before) && isObject(after)) {
    const members = new Map(membersOf(desk, field).map((one) => [one.name, one]));
    const names = [...new Set([...members.keys(), ...Object.keys(before), ...Object.keys(after)])].filter((name) => name !== KEY);
    return names.flatMap((name) => {
      const member = members.get(name);
      return differences(desk, member, before[name], after[name], [...trail, { label: member?.label ?? words(name) }]);
    });
  }
  return [{ trail, before: inWords(desk, field, before), after: inWords(desk, field, after) }];
}

const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const membersOf = (desk, field) => (field?.input ? fieldsOf(desk.schema, field.input, field.target) : []);

/** Removes the members that only number the entries: their value is the position in the list. */
function unnumbered(items) {
  const counts = (name) => items.every((item, at) => item[name] === at + 1);
  const counting = items.length && items.every(isObject) ? Object.keys(items[0]).filter(counts) : [];
  if (!counting.length) return items;
  return items.map((item) => Object.fromEntries(Object.entries(item).filter(([name]) => !counting.includes(name))));
}

/** Compares each removed entry with the one that was added at its position, because most such pairs are one entry that was changed. */
function ofLists(desk, field, before, after, trail) {
  const one = field && { ...field, isList: false };
  const found = [];
  let [removed, added] = [[], []];
  const flush = () => {
    for (let at = 0; at < Math.max(removed.length, added.length); at += 1) {
      const place = added[at]?.place ?? removed[at].place;
      const step = [...trail, { label: String(place) }];
      found.push(...differences(desk, one, removed[at]?.item, added[at]?.item, step));
    }
    [removed, added] = [[], []];
  };
  for (const { kind, item, place } of edits(before, after)) {
    if (kind === 'same') flush();
    else (kind === 'removed' ? removed : added).push({ item, place });
  }
  flush();
  return found;
}

/** Returns the edits from one list to another, by their longest common subsequence. */
function edits(before, after) {
  const lengths = Array.from({ length: before.length + 1 }, () => new Uint16Array(after.length + 1));
  for (let one = before.length - 1; one >= 0; one -= 1) {
    for (let other = after.length - 1; other >= 0; other -= 1) {
      lengths[one][other] = isSame(before[one], after[other])
        ? lengths[one + 1][other + 1] + 1
        : Math.max(lengths[one + 1][other], lengths[one][other + 1]);
    }
  }
  const found = [];
  let [one, other] = [0, 0];
  while (one < before.length || other < after.length) {
    if (one < before.length && other < after.length && isSame(before[one], after[other])) {
      found.push({ kind: 'same', item: after[other], place: other + 1 });
      [one, other] = [one + 1, other + 1];
    } else if (other === after.length || (one < before.length && lengths[one + 1][other] >= lengths[one][other + 1])) {
      found.push({ kind: 'removed', item: before[one], place: one + 1 });
      one += 1;
    } else {
      found.push({ kind: 'added', item: after[other], place: other + 1 });
      other += 1;
    }
  }
  return found;
}

/** Returns a value as a text. */
export function inWords(desk, field, value) {
  if (isEmpty(value)) return '';
  if (Array.isArray(value)) return value.map((item) => inWords(desk, field && { ...field, isList: false }, item)).join(', ');
  if (isObject(value)) {
    const members = new Map(membersOf(desk, field).map((one) => [one.name, one]));
    const shown = Object.entries(value).filter(([name, inner]) => name !== KEY && !isEmpty(inner));
    return shown
      .map(([name, inner]) => `${members.get(name)?.label ?? words(name)}: ${inWords(desk, members.get(name), inner)}`)
      .join('; ');
  }
  if (field?.kind === 'choice') return desk.choiceLabel(field.choice.name, value);
  return typeof value === 'boolean' ? { true: 'Yes', false: 'No' }[value] : String(value);
}

/** Returns one difference as an entry of a list. */
export function leaf({ trail, before, after }) {
  const [was, is] = marked(before, after);
  const label = trail.map((step) => step.label).join(' › ');
  return h(
    'li',
    { class: 'difference' },
    h('p', { class: 'trail-label' }, label, trail[0].isComputed && h('small', {}, ' computed')),
    before !== '' && h('p', { class: 'before' }, h('span', { class: 'sign' }, 'Before'), h('span', {}, was)),
    h('p', { class: 'after' }, h('span', { class: 'sign' }, 'After'), h('span', {}, after === '' ? h('em', {}, 'nothing') : is)),
  );
}

/** Returns two texts with the words marked that they do not have in common. */
function marked(before, after) {
  const [one, other] = [before.split(/(?<=\s)/), after.split(/(?<=\s)/)];
  if (!before || !after || one.length > MAX_WORDS || other.length > MAX_WORDS) return [[h('del', {}, before)], [h('ins', {}, after)]];
  const [was, is] = [[], []];
  for (const { kind, item } of edits(one, other)) {
    if (kind !== 'added') was.push(kind === 'same' ? item : h('del', {}, item));
    if (kind !== 'removed') is.push(kind === 'same' ? item : h('ins', {}, item));
  }
  return [was, is];
}
