/** The addresses of documents within the page. */

/** Stands for the slug of a document that is not published yet. No slug has this form. */
export const NEW = '+new';

/** Returns the address of a document. */
export const addressOf = (type, slug) => `#${encodeURIComponent(type)}/${encodeURIComponent(slug)}`;
