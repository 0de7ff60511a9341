import assert from 'node:assert/strict';
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { transformAsync } from '@babel/core';
import { buildClientSchema, printSchema } from 'graphql';
import { JSDOM } from 'jsdom';
import { blocks } from './page.js';
import { introspect, start } from './server.js';
import { run } from './tool.js';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const OUT = join(HERE, 'generated/relay');
const SOURCE = join(OUT, 'src');
const ARTIFACTS = join(SOURCE, '__generated__');
const TIMEOUT_MS = 10_000;

describe('Relay', () => {
  let server;

  before(async () => {
    server = await start();
    const schema = buildClientSchema(await introspect(server.url, { specifiedByUrl: true, oneOf: true }));
    await rm(OUT, { recursive: true, force: true });
    await mkdir(ARTIFACTS, { recursive: true });
    await writeFile(join(OUT, 'schema.graphql'), printSchema(schema));
    const config = { ...JSON.parse(await blocks('relay.md', 'json')), eagerEsModules: false };
    await writeFile(join(OUT, 'relay.config.json'), JSON.stringify(config));
    await writeFile(join(OUT, 'environment.mjs'), await blocks('relay.md', 'js', server));
    await copyFile(join(HERE, 'relay/library.js'), join(SOURCE, 'library.js'));
    await copyFile(join(HERE, 'relay/package.json'), join(OUT, 'package.json'));
  });
  after(() => server?.stop());

  test('compiles an application, and runs it: pages of a root field, and pages of a record by its node', async () => {
    await run('relay-compiler', ['relay.config.json'], { cwd: OUT });
    await translate();
    const requested = [];
    const page = await open(({ name }) => requested.push(name));

    for (const list of ['procedures', 'outcomes']) {
      const items = () => [...page.querySelectorAll(`#${list} li`)].map((item) => item.textContent);
      await shown(page, () => items().length === 3);
      const first = items();
      page.querySelector(`#${list} button`).click();
      await shown(page, () => items().length === 6);
      assert.deepEqual(items().slice(0, 3), first);
      assert.equal(new Set(items()).size, 6);
    }
    assert.deepEqual(requested, ['libraryQuery', 'libraryProceduresPageQuery', 'libraryOutcomesPageQuery']);
  });
});

/** Replaces the tagged documents of the application by the output of the compiler, as a build tool does. */
async function translate() {
  const filename = join(SOURCE, 'library.js');
  const { code } = await transformAsync(await readFile(filename, 'utf8'), {
    filename,
    babelrc: false,
    configFile: false,
    plugins: [['relay', { artifactDirectory: ARTIFACTS, eagerEsModules: false }]],
  });
  await writeFile(filename, code);
}

/** A browser page that shows the application. Each request to the network is reported. */
async function open(report) {
  const { window } = new JSDOM('<main></main>');
  Object.assign(globalThis, { window, document: window.document });
  globalThis.navigator ??= window.navigator;
  const require = createRequire(join(SOURCE, 'library.js'));
  const { createElement: h, Suspense } = require('react');
  const { createRoot } = require('react-dom/client');
  const { RelayEnvironmentProvider } = require('react-relay');
  const { Library } = require('./library.js');
  const { environment } = await import(join(OUT, 'environment.mjs'));
  const network = environment.getNetwork();
  const execute = network.execute.bind(network);
  network.execute = (request, ...others) => {
    report(request);
    return execute(request, ...others);
  };

  const main = window.document.querySelector('main');
  const waiting = h(Suspense, { fallback: 'Loading' }, h(Library));
  createRoot(main).render(h(RelayEnvironmentProvider, { environment }, waiting));
  return main;
}

function shown(page, holds) {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => {
      reject(new Error(`It was not shown within ${TIMEOUT_MS / 1000} s. The page has:\n${page.innerHTML}`));
    }, TIMEOUT_MS);
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
