const PARTS = ['query', 'variables', 'operationName'];

/**
 * The operation that the page's address carries, as a tab; undefined when it carries none. It is
 * taken out of the address, so that a reload shows the visitor's own edits and not a second copy.
 */
export function takeSharedQuery() {
  const address = new URL(location.href);
  const query = address.searchParams.get('query');
  if (!query) return undefined;
  const variables = address.searchParams.get('variables') ?? undefined;
  const operationName = address.searchParams.get('operationName') ?? undefined;
  for (const part of PARTS) address.searchParams.delete(part);
  history.replaceState(history.state, '', address);
  return { query, variables, operationName };
}

/** The address that opens this operation. Request headers are never part of it. */
export function shareLink(operation) {
  const address = new URL(location.pathname, location.origin);
  for (const part of PARTS) {
    const value = operation[part]?.trim();
    if (value) address.searchParams.set(part, value);
  }
  return address.href;
}
