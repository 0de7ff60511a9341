import { parse } from 'graphql';
import { createClient } from 'graphql-sse';

/** The script lies two folders below the page, so this holds behind a path prefix as well. */
const here = import.meta.url;
const ENDPOINT = new URL('../../graphql', here).href;

/**
 * Sends an operation. The result is an observable and not a promise, because only then GraphiQL
 * offers a stop button; stopping ends the request, so that the server can stop as well.
 */
export function fetcher({ query, variables, operationName }, { headers } = {}) {
  const operation = operationIn(query, operationName);
  const request = { query, variables, operationName: operation?.name?.value };
  return operation?.operation === 'subscription' ? events(request, headers) : response(request, headers);
}

/** A subscription, by server-sent events: unlike a WebSocket, they are sent with the headers that the editor has. */
function events(request, headers) {
  const client = createClient({ url: ENDPOINT, headers, retryAttempts: 0 });
  return { subscribe: (observer) => ({ unsubscribe: client.subscribe(request, observer) }) };
}

function response(request, headers) {
  return {
    subscribe(observer) {
      const stop = new AbortController();
      send(request, headers, stop.signal).then(
        (answer) => {
          observer.next(answer);
          observer.complete();
        },
        (problem) => {
          if (!stop.signal.aborted) observer.error(problem);
        },
      );
      return { unsubscribe: () => stop.abort() };
    },
  };
}

async function send(request, headers, signal) {
  const response = await fetch(ENDPOINT, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/graphql-response+json, application/json;q=0.9',
      ...headers,
    },
    body: JSON.stringify(request),
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
 * The operation that is run: the one of that name, or else the only one; undefined when the document has
 * none such, or cannot be parsed. GraphiQL reads a document a moment after it changed, so a quick hand
 * sends the name that the tab before had.
 */
function operationIn(query, operationName) {
  try {
    const { definitions } = parse(query, { noLocation: true });
    const operations = definitions.filter(({ kind }) => kind === 'OperationDefinition');
    const named = operations.find(({ name }) => name && name.value === operationName);
    return named ?? (operations.length === 1 ? operations[0] : undefined);
  } catch {
    return undefined;
  }
}
