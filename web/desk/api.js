/** The only requests of the desk: GraphQL, to the origin of the page. */

/** A request that the service refused, with the code of its error; or one that did not reach the service, with null. */
export class Refusal extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/**
 * Returns a function that runs an operation with a key and resolves to its data. A response with an error is a refusal. The address
 * is relative and redirects are errors, so the key reaches no other origin.
 */
export function requester(key) {
  const headers = { 'content-type': 'application/json', accept: 'application/json', authorization: `Bearer ${key}` };
  return async (query, variables = {}) => {
    let answer;
    try {
      const body = JSON.stringify({ query, variables });
      const options = { method: 'POST', mode: 'same-origin', credentials: 'omit', redirect: 'error', cache: 'no-store' };
      answer = await (await fetch('./graphql', { ...options, headers, body })).json();
    } catch {
      throw new Refusal(null, 'The service cannot be reached. Check your connection, and try again.');
    }
    const [error] = answer.errors ?? [];
    if (error) throw new Refusal(error.extensions?.code ?? null, error.message);
    return answer.data;
  };
}

/** Returns a text that no other mutation has as its key. */
export function newIdempotencyKey() {
  return [...crypto.getRandomValues(new Uint32Array(4))].map((part) => part.toString(16).padStart(8, '0')).join('');
}
