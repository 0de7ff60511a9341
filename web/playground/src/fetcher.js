import { parse } from 'graphql';
import { createClient } from 'graphql-sse';
import { withContentFirst } from './docs-order.js';
import { report } from './measured.js';

/** The URL of this script, which is two folders below the page. URLs relative to it also work behind a path prefix. */
const here = import.meta.url;
const ENDPOINT = new URL('../../graphql', here).href;
/** The name of the operation with which GraphiQL reads the schema. The reader has not sent it, so the status line omits it. */
const INTROSPECTION = 'IntrospectionQuery';
/** The service adds the cost of the operation to its response. */
const WITH_COST = { cost: true };

/**
 * Sends an operation. The result is an observable, not a promise, because GraphiQL has a stop
 * button only for observables. The button aborts the request, so that the service stops the
 * operation, too.
 */
export function fetcher({ query, variables, operationName }, { headers } = {}) {
  const operation = operationIn(query, operationName);
  const request = { query, variables, operationName: operation?.name?.value };
  return operation?.operation === 'subscription' ? events(request, headers) : response(request, headers);
}

/** Runs a subscription by server-sent events, because a WebSocket cannot be opened with the headers of the editor. */
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

/**
 * Sends the request and asks for its cost, which is shown in the status line and not in the response. The result of introspection
 * is not shown: GraphiQL makes its documentation of it.
 */
async function send(request, headers, signal) {
  const isOwn = request.operationName !== INTROSPECTION;
  if (isOwn) report(null);
  const start = performance.now();
  const response = await fetch(ENDPOINT, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/graphql-response+json, application/json;q=0.9',
      ...headers,
    },
    body: JSON.stringify({ ...request, extensions: WITH_COST }),
    signal,
  }).catch((problem) => {
    if (signal.aborted) throw problem;
    throw new Error('The server could not be reached. Is it running?');
  });
  const text = await response.text();
  const milliseconds = performance.now() - start;
  try {
    const { extensions: { cost, ...others } = {}, ...result } = JSON.parse(text);
    if (!isOwn) return withContentFirst(result);
    const [, statements] = /sql;desc="(\d+)/.exec(response.headers.get('server-timing')) ?? [];
    const bytes = new TextEncoder().encode(text).length;
    report({ status: response.status, milliseconds, bytes, cost: cost?.actual, statements: statements && Number(statements) });
    return Object.keys(others).length ? { ...result, extensions: others } : result;
  } catch {
    // A proxy may respond with HTML or plain text. Its status says more than "unexpected token".
    throw new Error(`The status is ${response.status}, and the response is not JSON: ${text.slice(0, 200)}`);
  }
}

/**
 * Returns the operation to run: the one with that name, or else the only one; undefined if there is
 * neither, or the document cannot be parsed. GraphiQL parses a changed document with a delay, so
 * after a change of tabs the name may be that of the previous tab.
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
