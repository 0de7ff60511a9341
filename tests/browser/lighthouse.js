// Measures pages with Lighthouse, on a phone with a slow processor and network as Lighthouse simulates them. Run it with
// `npm run lighthouse` on a machine that does nothing else. It is no test: its numbers depend on the machine.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { CHROMIUM } from './browser.js';
import { service } from './server.js';

const LIGHTHOUSE = 'lighthouse@12.8.2';
const MIN_SCORE = 95;
const MAX_OUTPUT = 64 * 1024 * 1024;
const PAGES = ['/', '/explore/procedures/microneedling', '/explore/map'];

const run = promisify(execFile);
const server = await service();
try {
  for (const path of PAGES) {
    const options = ['--quiet', '--output=json', '--chrome-flags=--headless=new --no-sandbox'];
    const { stdout } = await run('npx', ['--yes', LIGHTHOUSE, `${server.url}${path}`, ...options], {
      env: { ...process.env, CHROME_PATH: CHROMIUM },
      maxBuffer: MAX_OUTPUT,
    });
    const { categories, audits } = JSON.parse(stdout);
    const scores = Object.values(categories).map(({ title, score }) => [title, Math.round(score * 100)]);
    const paint = Math.round(audits['first-contentful-paint'].numericValue);
    console.log(`${path}: ${scores.map((one) => one.join(' ')).join(', ')}; first contentful paint ${paint} ms`);
    for (const audit of failed(categories, audits)) console.log(`  ${audit}`);
    if (scores.some(([, score]) => score < MIN_SCORE)) process.exitCode = 1;
  }
} finally {
  await server.stop();
}

/** Returns the audits that cost points. */
function failed(categories, audits) {
  const counted = Object.values(categories).flatMap(({ auditRefs }) => auditRefs.filter(({ weight }) => weight > 0));
  const wrong = counted.map(({ id }) => audits[id]).filter(({ score }) => score !== null && score < 0.9);
  return wrong.map(({ id, displayValue, title }) => `${id}: ${displayValue ?? title}`);
}
