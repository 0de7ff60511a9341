const PARTS = ['query', 'variables', 'operationName'];

/**
 * Returns the operation in the URL of the page, as a tab; undefined if there is none. It is removed from the URL, so that
 * a reload shows the user's edits and not a second copy.
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

/** Returns a URL that opens this operation. It never contains request headers. */
export function shareLink(operation) {
  const address = new URL(location.pathname, location.origin);
  for (const part of PARTS) {
    const value = operation[part]?.trim();
    if (value) address.searchParams.set(part, value);
  }
  return address.href;
}
