import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { start } from './server.js';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const execute = promisify(execFile);

/** Command-line tools that fetch the schema from the URL of the service. */
describe('the command line', () => {
  let server;
  let folder;

  before(async () => {
    server = await start();
  });
  after(() => server?.stop());
  beforeEach(async () => {
    const generated = join(HERE, 'generated');
    await mkdir(generated, { recursive: true });
    folder = await mkdtemp(join(generated, 'tool-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  test('of GraphQL Code Generator generates a client from the URL', async () => {
    const config = join(folder, 'codegen.json');
    const settings = {
      schema: server.url,
      documents: join(HERE, 'documents/*.graphql'),
      generates: { [`${folder}/client/`]: { preset: 'client', config: { useTypeImports: true } } },
    };
    await writeFile(config, JSON.stringify(settings));
    await run('graphql-codegen', '--config', config);
    assert.match(await readFile(join(folder, 'client/graphql.ts'), 'utf8'), /export type ProcedureListQuery = /);
  });

  test('of GraphQL Inspector reads the schema, and finds that schema.graphql and documents match it', async () => {
    const written = join(folder, 'schema.graphql');
    await run('graphql-inspector', 'introspect', server.url, '--write', written);
    assert.match(await readFile(written, 'utf8'), /^type Procedure implements /m);
    const compared = await run('graphql-inspector', 'diff', join(HERE, '../../schema.graphql'), server.url);
    assert.match(compared.stdout, /No breaking changes detected/);
    const validated = await run('graphql-inspector', 'validate', 'documents/*.graphql', server.url);
    assert.match(validated.stdout, /All documents are valid/);
  });
});

async function run(tool, ...options) {
  try {
    return await execute('npx', ['--no-install', tool, ...options], { cwd: HERE });
  } catch (problem) {
    assert.fail(`${tool} ended with ${problem.code}:\n${problem.stdout}${problem.stderr}`);
  }
}
