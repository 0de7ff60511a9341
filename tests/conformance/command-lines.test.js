import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { start } from './server.js';
import { run } from './tool.js';

const HERE = fileURLToPath(new URL('.', import.meta.url));
/** An optional dependency, because its package is for one platform. */
const NODE_22 = join(HERE, 'node_modules/node-22/bin/node');
const missing = !existsSync(NODE_22) && `${NODE_22} is missing; npm installs it on Linux x64 only`;
if (missing && process.env.CI === 'true' && process.platform === 'linux' && process.arch === 'x64') throw new Error(missing);

describe(`the command line with Node.js ${process.version}`, () => tools(process.execPath));
describe('the command line with Node.js 22', { skip: missing }, () => tools(NODE_22));

/** Command-line tools that fetch the schema from the URL of the service. */
function tools(node) {
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
    await run('graphql-codegen', ['--config', config], { node });
    assert.match(await readFile(join(folder, 'client/graphql.ts'), 'utf8'), /export type ProcedureListQuery = /);
  });

  test('of GraphQL Inspector reads the schema, and finds that schema.graphql and documents match it', async () => {
    const written = join(folder, 'schema.graphql');
    await run('graphql-inspector', ['introspect', server.url, '--write', written], { node });
    assert.match(await readFile(written, 'utf8'), /^type Procedure implements /m);
    const compared = await run('graphql-inspector', ['diff', join(HERE, '../../schema.graphql'), server.url], { node });
    assert.match(compared.stdout, /No breaking changes detected/);
    const validated = await run('graphql-inspector', ['validate', 'documents/*.graphql', server.url], { node });
    assert.match(validated.stdout, /All documents are valid/);
  });
}
