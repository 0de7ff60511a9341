import assert from 'node:assert/strict';
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { preset } from '@graphql-codegen/client-preset';
import { codegen } from '@graphql-codegen/core';
import { buildClientSchema, parse, printSchema, validate } from 'graphql';
import { blocks } from './page.js';
import { introspect, start } from './server.js';
import { run } from './tool.js';

const HERE = new URL('.', import.meta.url);
const DOCUMENTS = new URL('documents/', HERE);
const OUT = fileURLToPath(new URL('generated/typescript/', HERE));

describe('GraphQL Code Generator', () => {
  let server;
  let schema;
  let documents;

  before(async () => {
    server = await start();
    schema = buildClientSchema(await introspect(server.url, { specifiedByUrl: true, oneOf: true }));
    documents = await Promise.all((await readdir(DOCUMENTS)).map(readDocument));
  });
  after(() => server?.stop());

  test('finds that the documents match the schema of the service', () => {
    const problems = documents.flatMap(({ document }) => validate(schema, document));
    assert.deepEqual(problems.map((problem) => problem.message), []);
  });

  test('writes types that a strict program can use, with the settings of docs/clients/codegen.md', async () => {
    const { config, presetConfig } = await settings();
    const files = await preset.buildGeneratesSection({
      baseOutputDir: OUT,
      schema: parse(printSchema(schema)),
      schemaAst: schema,
      documents,
      plugins: [],
      pluginMap: {},
      config,
      presetConfig,
    });
    await rm(OUT, { recursive: true, force: true });
    for (const file of files) {
      await mkdir(dirname(file.filename), { recursive: true });
      await writeFile(file.filename, await codegen(file));
    }
    await run('tsc', ['--project', 'typescript']);
  });
});

/** The settings of the client preset on the page. */
async function settings() {
  const page = await blocks('codegen.md', 'js');
  const { default: read } = await import(`data:text/javascript,${encodeURIComponent(page)}`);
  const [client] = Object.values(read.generates);
  assert.equal(client.preset, 'client');
  return client;
}

async function readDocument(name) {
  const rawSDL = await readFile(new URL(name, DOCUMENTS), 'utf8');
  return { location: name, rawSDL, document: parse(rawSDL) };
}
