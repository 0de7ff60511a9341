// Makes the picture of the README: the first page with its first answer. Run it with `npm run picture`.

import { fileURLToPath } from 'node:url';
import { openBrowser, visitor } from './browser.js';
import { service } from './server.js';

const PICTURE = fileURLToPath(new URL('../../docs/images/first-page.png', import.meta.url));

const browser = await openBrowser();
const server = await service();
try {
  const { context } = await visitor(browser, server.url, { viewport: { width: 1300, height: 860 }, colorScheme: 'light' });
  const page = await context.newPage();
  await page.goto(server.url, { waitUntil: 'networkidle' });
  await page.screenshot({ path: PICTURE });
} finally {
  await browser.close();
  await server.stop();
}
