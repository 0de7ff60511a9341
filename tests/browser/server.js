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
 * folder.
 */
export async function launch(purpose, options = []) {
  const folder = await mkdtemp(join(tmpdir(), `dermagraph-${purpose}-`));
  const server = spawn(BINARY, ['serve', '--listen', '127.0.0.1:0', '--data-dir', folder, ...options]);
  const ended = new Promise((resolve) => server.once('close', resolve));
  process.once('exit', () => server.kill());
  const stop = async () => {
    server.kill();
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  try {
    return { url: await boundAddress(server), folder, stop };
  } catch (problem) {
    await stop();
    throw problem;
  }
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
