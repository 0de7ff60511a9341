import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { violations } from './axe.js';
import { openBrowser, visitor } from './browser.js';
import { PlaygroundPage } from './playground-page.js';
import { service } from './server.js';
import { PAGES } from './site.js';

const SCREENS = [
  { width: 1300, height: 850 },
  { width: 768, height: 1024 },
  { width: 390, height: 844 },
];
const PANES = ['Show Documentation Explorer', 'Show GraphiQL Explorer', 'Show History'];

for (const colorScheme of ['light', 'dark']) {
  for (const viewport of SCREENS) {
    describe(`axe, in ${colorScheme} colours at ${viewport.width} pixels`, () => {
      let server;
      let browser;
      let person;

      before(async () => {
        browser = await openBrowser();
        server = await service();
        person = await visitor(browser, server.url, { colorScheme, viewport });
      });
      afterEach(() => assert.deepEqual(person.complaints, []));
      after(async () => {
        await browser?.close();
        await server?.stop();
      });

      test('finds no violation in the playground and its panes', async () => {
        const playground = await PlaygroundPage.open(person.context, `${server.url}/playground`);
        const { page } = playground;
        await playground.shows('# ');
        await playground.response();
        assert.deepEqual(await violations(page), [], 'with a response');
        const opened = playground.button('Hide Documentation Explorer');
        if (await opened.isVisible()) await opened.click();
        assert.deepEqual(await violations(page), [], 'without a pane');
        for (const pane of PANES) {
          await playground.button(pane).click();
          await page.locator('.graphiql-plugin').locator('visible=true').first().waitFor();
          await page.waitForFunction(() => document.querySelector('.graphiql-plugin').textContent.length > 0);
          assert.deepEqual(await violations(page), [], pane);
        }
      });

      test('finds no violation in the pages without the bundle', async () => {
        const page = await person.context.newPage();
        await page.goto(`${server.url}/playground-basic`);
        assert.deepEqual(await violations(page), [], 'the small page');
      });

      test('finds no violation in the pages of the product', async () => {
        const page = await person.context.newPage();
        for (const path of PAGES) {
          await page.goto(`${server.url}${path}`);
          assert.deepEqual(await violations(page), [], path);
          // What is closed is not tested, so everything is opened. Of the details of one name, only one would be open.
          await page.evaluate(() => {
            for (const one of document.querySelectorAll('details')) {
              one.removeAttribute('name');
              one.open = true;
            }
          });
          assert.deepEqual(await violations(page), [], `${path}, with everything open`);
        }
      });

      test('finds no violation in the page of a 404', async () => {
        const page = await person.context.newPage();
        await page.goto(`${server.url}/some/where`);
        assert.deepEqual(await violations(page), []);
        // The browser logs an error for every 404.
        person.complaints.length = 0;
        await page.getByRole('link', { name: 'Playground' }).first().click();
        await page.waitForURL(`${server.url}/playground`);
      });
    });
  }
}
