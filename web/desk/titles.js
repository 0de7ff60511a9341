/** The titles of records that documents refer to. */

const PAGE = 100;

/** Returns a function that resolves to the title of a record. The titles of a type that are requested together are read together. */
export function titles(request, contentOf) {
  const known = new Map();
  let waiting = new Map();

  const read = async (type, entries) => {
    const { list, title } = contentOf(type);
    const query = `query DeskTitles($slugs: [String!]) {
      found: ${list}(where: {slug: {in: $slugs}}, first: ${PAGE}) { nodes { slug title: ${title} } }
    }`;
    for (let at = 0; at < entries.length; at += PAGE) {
      const page = entries.slice(at, at + PAGE);
      const { found } = await request(query, { slugs: page.map(({ slug }) => slug) }).catch(() => ({ found: { nodes: [] } }));
      const bySlug = new Map(found.nodes.map((node) => [node.slug, node.title]));
      // A record without a known title is shown by its slug.
      for (const { slug, resolve } of page) resolve(bySlug.get(slug) ?? slug);
    }
  };
  const readAll = () => {
    const all = waiting;
    waiting = new Map();
    for (const [type, entries] of all) read(type, entries);
  };
  return (type, slug) => {
    const key = `${type}/${slug}`;
    if (!known.has(key)) {
      const entry = { slug };
      known.set(key, new Promise((resolve) => (entry.resolve = resolve)));
      if (!waiting.size) queueMicrotask(readAll);
      waiting.set(type, [...(waiting.get(type) ?? []), entry]);
    }
    return known.get(key);
  };
}
