import { execFile, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { getIntrospectionQuery } from 'graphql';

const BINARY = process.env.DERMAGRAPH_BIN ?? fileURLToPath(new URL('../../target/debug/dermagraph', import.meta.url));
const DOCUMENT = new URL('../../content/procedures/microdermabrasion.yaml', import.meta.url);
const ADDRESS = /http:\/\/127\.0\.0\.1:\d+/;
const START_MS = 60_000;
const execute = promisify(execFile);

/**
 * Starts the service with a database of its own, on a free port. Answers
 * `url` (POST and GET), `ws` (the same over WebSocket), `origin`,
 * `publish()`, which imports a changed document as the next revision while it serves, and `stop()`.
 */
export async function start(...options) {
  const folder = await mkdtemp(join(tmpdir(), 'dermagraph-conformance-'));
  const server = spawn(BINARY, ['serve', '--listen', '127.0.0.1:0', '--data-dir', folder, ...options]);
  const ended = new Promise((resolve) => server.once('close', resolve));
  process.once('exit', () => server.kill());
  const stop = async () => {
    server.kill();
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const origin = await boundAddress(server);
    const url = `${origin}/graphql`;
    return { origin, url, ws: url.replace('http', 'ws'), publish: publisher(folder), stop };
  } catch (problem) {
    await stop();
    throw problem;
  }
}

/** Asks by POST, as a program without a client would. */
export async function ask(url, query, variables, headers = {}) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/graphql-response+json', ...headers },
    body: JSON.stringify({ query, variables }),
  });
  return response.json();
}

/** What the schema says of itself. Options are those of GraphQL.js. */
export async function introspect(url, options) {
  const { data, errors = [] } = await ask(url, getIntrospectionQuery(options));
  if (errors.length > 0) throw new Error(`Introspection failed: ${errors[0].message}`);
  return data;
}

/** Every answer of a stream that ends. */
export async function all(stream) {
  const answers = [];
  for await (const answer of stream) answers.push(answer);
  return answers;
}

function publisher(folder) {
  let time = 0;
  return async () => {
    time += 1;
    const document = await readFile(DOCUMENT, 'utf8');
    const changed = join(folder, 'changed.yaml');
    await writeFile(changed, document.replace(/^summary: .*$/m, `summary: Told for the ${time}. time.`));
    await execute(BINARY, ['import', '--data-dir', folder, changed]);
  };
}

function boundAddress(server) {
  return new Promise((resolve, reject) => {
    let printed = '';
    const fail = (why) => {
      clearTimeout(late);
      reject(new Error(`${BINARY} ${why}. It printed:\n${printed}`));
    };
    const late = setTimeout(() => fail(`named no address within ${START_MS / 1000} s`), START_MS);
    const read = (chunk) => {
      printed += chunk;
      const address = ADDRESS.exec(printed);
      if (address) {
        clearTimeout(late);
        resolve(address[0]);
      }
    };
    server.stdout.on('data', read);
    server.stderr.on('data', read);
    server.once('error', (problem) => fail(`could not be started (${problem.code})`));
    server.once('exit', (code) => fail(`ended with ${code}`));
  });
}
