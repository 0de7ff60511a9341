import assert from 'node:assert/strict';
import { execFile, execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { blocks } from './page.js';
import { start } from './server.js';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const SCRIPT = join(HERE, 'python/queries.py');
const REQUIREMENTS = join(HERE, 'python/requirements.txt');
const PACKAGES = join(HERE, 'generated/python');
const TIMEOUT_MS = 30_000;
const execute = promisify(execFile);

const missing = whatIsMissing();
if (missing && process.env.CI === 'true') throw new Error(missing);
if (missing) console.error(`The Python client is NOT tested. ${missing}`);

describe('gql for Python', { skip: missing }, () => {
  let server;

  before(async () => {
    await install();
    server = await start();
  });
  after(() => server?.stop());

  const python = (...args) => [join(PACKAGES, 'bin/python'), [SCRIPT, ...args], { timeout: TIMEOUT_MS }];
  const responses = async (...args) => (await execute(...python(...args))).stdout.trim().split('\n').map(JSON.parse);

  test('prints the output on the page of docs/clients', async () => {
    const program = join(PACKAGES, 'page.py');
    await writeFile(program, await blocks('python.md', 'python', server));
    const { stdout } = await execute(join(PACKAGES, 'bin/python'), [program], { timeout: TIMEOUT_MS });
    assert.equal(stdout, await blocks('python.md', 'text'));
  });

  test('sends queries over requests with the fetched schema, and raises errors with their codes', async () => {
    assert.deepEqual(await responses('requests', server.url), [
      { procedure: { name: 'Microneedling' } },
      { code: 'BAD_PAGE' },
    ]);
  });

  test('sends several queries at a time over aiohttp with the fetched schema', async () => {
    assert.deepEqual(await responses('aiohttp', server.url), [
      { procedure: { name: 'Microneedling' } },
      { procedure: { name: 'Chemical peel' } },
    ]);
  });

  test('runs queries and subscriptions over WebSocket', async () => {
    const watch = spawn(...python('watch', server.ws));
    let complaints = '';
    watch.stderr.on('data', (text) => (complaints += text));
    const lines = createInterface({ input: watch.stdout })[Symbol.asyncIterator]();
    const next = async () => {
      const { done, value } = await lines.next();
      assert.ok(!done, complaints);
      return JSON.parse(value);
    };
    try {
      assert.deepEqual(await next(), { procedure: { name: 'Microneedling' } });
      const served = (await next()).library.revision;
      await server.publish();
      assert.equal((await next()).library.revision, served + 1);
    } finally {
      watch.kill();
    }
  });
});

function whatIsMissing() {
  try {
    execFileSync('python3', ['-c', 'import ensurepip, venv'], { stdio: 'ignore' });
    return false;
  } catch {
    return 'Install python3 with its module venv (Debian: python3-venv).';
  }
}

/** Installs the packages into a folder of their own, unless they are installed already. */
async function install() {
  const installed = join(PACKAGES, 'requirements.txt');
  const text = (file) => readFile(file, 'utf8');
  if (existsSync(installed) && (await text(installed)) === (await text(REQUIREMENTS))) return;
  await rm(PACKAGES, { recursive: true, force: true });
  await execute('python3', ['-m', 'venv', PACKAGES]);
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps', '-r', REQUIREMENTS];
  await execute(join(PACKAGES, 'bin/python'), pip);
  await copyFile(REQUIREMENTS, installed);
}
