import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { getIntrospectionQuery } from 'graphql';
import { BINARY, launch } from '../browser/server.js';

const DOCUMENT = new URL('../../content/procedures/microdermabrasion.yaml', import.meta.url);
const execute = promisify(execFile);

/**
 * Starts the service with a database of its own, on a free port. Resolves to
 * `url` (POST and GET), `ws` (the same over WebSocket), `origin`,
 * `publish()`, which imports a changed document as the next revision while it serves, and `stop()`.
 */
export async function start(...options) {
  const { url: origin, folder, stop } = await launch('conformance', options);
  const url = `${origin}/graphql`;
  return { origin, url, ws: url.replace('http', 'ws'), publish: publisher(folder), stop };
}

/** Sends a POST, as a program without a client library would. */
export async function post(url, query, variables, headers = {}) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/graphql-response+json', ...headers },
    body: JSON.stringify({ query, variables }),
  });
  return response.json();
}

/** Returns the result of introspection. The options are those of GraphQL.js. */
export async function introspect(url, options) {
  const { data, errors = [] } = await post(url, getIntrospectionQuery(options));
  if (errors.length > 0) throw new Error(`Introspection failed: ${errors[0].message}`);
  return data;
}

/** Returns all responses of a stream that ends. */
export async function all(stream) {
  const responses = [];
  for await (const response of stream) responses.push(response);
  return responses;
}

function publisher(folder) {
  let time = 0;
  return async () => {
    time += 1;
    const document = await readFile(DOCUMENT, 'utf8');
    const changed = join(folder, 'changed.yaml');
    await writeFile(changed, document.replace(/^description: .*$/m, `description: Published for the ${time}. time.`));
    await execute(BINARY, ['import', '--data-dir', folder, changed]);
  };
}
