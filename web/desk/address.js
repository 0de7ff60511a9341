/** The addresses of documents within the page. */

/** Stands for the slug of a document that is not published yet. No slug has this form. */
export const NEW = '+new';

/** Returns the address of a document. */
export const addressOf = (type, slug) => `#${encodeURIComponent(type)}/${encodeURIComponent(slug)}`;

/** Shows a document with a notice of what has just been done to it. If the page is at its address already, the view is made again. */
export function arriveAt(desk, content, slug, notice) {
  desk.notices.set(`${content.name}/${slug}`, notice);
  const address = addressOf(content.name, slug);
  if (location.hash === address) dispatchEvent(new Event('hashchange'));
  else location.hash = address;
}
