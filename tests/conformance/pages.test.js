import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { blocks } from './page.js';
import { start } from './server.js';

const OUT = fileURLToPath(new URL('generated/pages/', import.meta.url));
const TIMEOUT_MS = 60_000;
const execute = promisify(execFile);

/** The JavaScript blocks of a page are one program. It prints the text blocks of the page. */
describe('the program on the page of docs/clients about', () => {
  let server;

  before(async () => {
    server = await start();
    await mkdir(OUT, { recursive: true });
  });
  after(() => server?.stop());

  for (const page of ['apollo.md', 'urql.md']) {
    test(`${page} prints what the page shows`, async () => {
      const program = join(OUT, page.replace('.md', '.mjs'));
      await writeFile(program, await blocks(page, 'js', server));
      const { stdout } = await execute(process.execPath, [program], { timeout: TIMEOUT_MS });
      assert.equal(stdout, await blocks(page, 'text'));
    });
  }
});
