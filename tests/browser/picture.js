// Creates the picture of the README: the playground after it has run its first example. `npm run picture` runs this.

import { fileURLToPath } from 'node:url';
import { openBrowser, visitor } from './browser.js';
import { PlaygroundPage } from './playground-page.js';
import { service } from './server.js';

const PICTURE = fileURLToPath(new URL('../../docs/images/playground.png', import.meta.url));

const browser = await openBrowser();
const server = await service();
try {
  const { context } = await visitor(browser, server.url, { viewport: { width: 1300, height: 760 }, colorScheme: 'light' });
  const playground = await PlaygroundPage.open(context, `${server.url}/playground`);
  await playground.button('Execute query (Ctrl-Enter)').click();
  await playground.answered();
  await playground.page.mouse.move(0, 0);
  await playground.page.screenshot({ path: PICTURE });
} finally {
  await browser.close();
  await server.stop();
}
