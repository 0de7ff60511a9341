import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { transformAsync } from '@babel/core';
import { buildClientSchema, printSchema } from 'graphql';
import { JSDOM } from 'jsdom';
import { ask, introspect, start } from './server.js';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const OUT = join(HERE, 'generated/relay');
const ARTIFACTS = join(OUT, '__generated__');
const PATIENCE_MS = 10_000;
const execute = promisify(execFile);

describe('Relay', () => {
  let server;

  before(async () => {
    server = await start();
    const schema = buildClientSchema(await introspect(server.url, { specifiedByUrl: true, oneOf: true }));
    await rm(OUT, { recursive: true, force: true });
    await mkdir(ARTIFACTS, { recursive: true });
    await writeFile(join(OUT, 'schema.graphql'), printSchema(schema));
  });
  after(() => server?.stop());

  test('compiles an application, and runs it: pages of a root field, and pages of content by its node', async () => {
    await execute('npx', ['--no-install', 'relay-compiler', 'relay.config.json'], { cwd: HERE });
    await translate();
    const asked = [];
    const page = await open(async ({ name, text }, variables) => {
      asked.push(name);
      return ask(server.url, text, variables);
    });

    for (const list of ['procedures', 'outcomes']) {
      const items = () => [...page.querySelectorAll(`#${list} li`)].map((item) => item.textContent);
      await shown(page, () => items().length === 3);
      const first = items();
      page.querySelector(`#${list} button`).click();
      await shown(page, () => items().length === 6);
      assert.deepEqual(items().slice(0, 3), first);
      assert.equal(new Set(items()).size, 6);
    }
    assert.deepEqual(asked, ['libraryQuery', 'libraryProceduresPageQuery', 'libraryOutcomesPageQuery']);
  });
});

/** Replaces the tagged documents of the application by what the compiler wrote, as a build does. */
async function translate() {
  const filename = join(OUT, 'library.js');
  const { code } = await transformAsync(await readFile(join(HERE, 'relay/library.js'), 'utf8'), {
    filename,
    babelrc: false,
    configFile: false,
    plugins: [['relay', { artifactDirectory: ARTIFACTS, eagerEsModules: false }]],
  });
  await writeFile(filename, code);
  await copyFile(join(HERE, 'relay/package.json'), join(OUT, 'package.json'));
}

/** A browser page that shows the application. */
async function open(request) {
  const { window } = new JSDOM('<main></main>');
  Object.assign(globalThis, { window, document: window.document });
  globalThis.navigator ??= window.navigator;
  const require = createRequire(join(OUT, 'library.js'));
  const { createElement: h, Suspense } = require('react');
  const { createRoot } = require('react-dom/client');
  const { RelayEnvironmentProvider } = require('react-relay');
  const { Environment, Network, RecordSource, Store } = require('relay-runtime');
  const { Library } = require('./library.js');

  const environment = new Environment({ network: Network.create(request), store: new Store(new RecordSource()) });
  const main = window.document.querySelector('main');
  const waiting = h(Suspense, { fallback: 'Loading' }, h(Library));
  createRoot(main).render(h(RelayEnvironmentProvider, { environment }, waiting));
  return main;
}

function shown(page, holds) {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => {
      reject(new Error(`It was not shown within ${PATIENCE_MS / 1000} s. The page has:\n${page.innerHTML}`));
    }, PATIENCE_MS);
    const watch = new window.MutationObserver(look);
    function look() {
      if (!holds()) return;
      clearTimeout(late);
      watch.disconnect();
      resolve();
    }
    watch.observe(page, { childList: true, subtree: true });
    look();
  });
}
