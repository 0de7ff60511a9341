import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const BINARY = process.env.DERMAGRAPH_BIN ?? fileURLToPath(new URL('../../target/debug/dermagraph', import.meta.url));
const ADDRESS = /http:\/\/127\.0\.0\.1:\d+/;
const START_MS = 120_000;

/**
 * Returns the service to test: the one at DERMAGRAPH_URL, or a new one with a database of its own.
 * Resolves to its URL and a function that stops a new one.
 */
export async function service() {
  const given = process.env.DERMAGRAPH_URL;
  if (given) return { url: given.replace(/\/$/, ''), stop: async () => {} };
  return launch('browser');
}

/**
 * Starts the service on a free port, with a database of its own in a folder that is named after the
 * purpose. Resolves to its URL, that folder, and a function that stops the service and removes the
 * folder. If the log has a line of JSON for each request, `logged` resolves
 * to the line for a request id.
 */
export async function launch(purpose, options = [], environment = {}) {
  const folder = await mkdtemp(join(tmpdir(), `dermagraph-${purpose}-`));
  const server = spawn(BINARY, ['serve', '--listen', '127.0.0.1:0', '--data-dir', folder, ...options], {
    env: { ...process.env, ...environment },
  });
  const ended = new Promise((resolve) => server.once('close', resolve));
  process.once('exit', () => server.kill());
  const lines = logOf(server);
  const stop = async () => {
    server.kill();
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  try {
    return { url: await boundAddress(server), folder, stop, logged: lines.logged };
  } catch (problem) {
    await stop();
    throw problem;
  }
}

/** Reads the log of a service. */
function logOf(server) {
  const lines = new Map();
  const waiting = new Map();
  let rest = '';
  server.stderr.on('data', (chunk) => {
    const texts = (rest + chunk).split('\n');
    rest = texts.pop();
    for (const text of texts.filter((one) => one.startsWith('{'))) {
      const line = JSON.parse(text);
      lines.set(line.request_id, line);
      waiting.get(line.request_id)?.(line);
    }
  });
  return { logged: async (id) => lines.get(id) ?? new Promise((resolve) => waiting.set(id, resolve)) };
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
