import { readFile } from 'node:fs/promises';

const PAGES = new URL('../../docs/clients/', import.meta.url);
const BLOCK = /^```(\w+)\n(.*?)^```$/gms;
const ADDRESS = '127.0.0.1:8080';

/** Returns the text of a page of docs/clients. */
export function textOf(page) {
  return readFile(new URL(page, PAGES), 'utf8');
}

/**
 * Returns the code blocks of one language on a page of docs/clients, in their order, as one text.
 * With a server, its URL replaces the one on the page.
 */
export async function blocks(page, language, server) {
  const found = [...(await textOf(page)).matchAll(BLOCK)].filter((block) => block[1] === language).map((block) => block[2]);
  if (found.length === 0) throw new Error(`docs/clients/${page} has no block of ${language}`);
  const joined = found.join('');
  return server ? joined.replaceAll(ADDRESS, new URL(server.origin).host) : joined;
}
