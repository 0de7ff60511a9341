import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const execute = promisify(execFile);

/**
 * Runs a command-line tool of `node_modules`, by default in this folder and with the Node.js that runs the tests. Resolves to
 * what it prints. It is not started by its path: its first line would select the `node` of the optional dependency `node-22`.
 */
export async function run(tool, options, { cwd = HERE, node = process.execPath } = {}) {
  try {
    return await execute(node, [join(HERE, 'node_modules/.bin', tool), ...options], { cwd });
  } catch (problem) {
    throw new Error(`${tool} ended with ${problem.code}:\n${problem.stdout}${problem.stderr}`);
  }
}
