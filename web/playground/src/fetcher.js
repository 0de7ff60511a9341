import { parse } from 'graphql';

/** The script lies two folders below the page, so this holds behind a path prefix as well. */
const here = import.meta.url;
const ENDPOINT = new URL('../../graphql', here);

/**
 * Sends an operation. An observable and not a promise is answered, because only then GraphiQL
 * offers a stop button; stopping ends the request, so that the server can stop as well.
 */
export function fetcher(operation, options) {
  return {
    subscribe(observer) {
      const request = new AbortController();
      send(operation, options?.headers, request.signal).then(
        (answer) => {
          observer.next(answer);
          observer.complete();
        },
        (problem) => {
          if (!request.signal.aborted) observer.error(problem);
        },
      );
      return { unsubscribe: () => request.abort() };
    },
  };
}

async function send(operation, headers, signal) {
  const response = await fetch(ENDPOINT, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/graphql-response+json, application/json;q=0.9',
      ...headers,
    },
    body: JSON.stringify({ ...operation, operationName: nameIn(operation) }),
    signal,
  }).catch((problem) => {
    if (signal.aborted) throw problem;
    throw new Error('The server could not be reached. Is it running?');
  });
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    // A proxy or a crash speaks HTML or plain text; its status says more than "unexpected token".
    throw new Error(`The server answered ${response.status} without JSON: ${text.slice(0, 200)}`);
  }
}

/**
 * The operation's name if the document has an operation of that name. GraphiQL reads a document a
 * moment after it changed, so a quick hand sends the name that the tab before had.
 */
function nameIn({ query, operationName }) {
  try {
    const names = parse(query, { noLocation: true }).definitions.map((definition) => definition.name?.value);
    return names.includes(operationName) ? operationName : undefined;
  } catch {
    return operationName;
  }
}
