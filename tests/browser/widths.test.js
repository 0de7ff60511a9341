import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { PAGES, site } from './site.js';

const WIDTHS = [390, 768, 1300];

describe('a page', () => {
  const { open, url } = site();

  for (const width of WIDTHS) {
    test(`is not wider than a screen of ${width} pixels, and neither is anything in it that does not scroll by itself`, async () => {
      const page = await open('/', { viewport: { width, height: 850 } });
      for (const path of [...PAGES, '/edit']) {
        await page.goto(`${url()}${path}`);
        const wide = await page.evaluate(async (width) => {
          for (const one of document.querySelectorAll('details')) {
            one.removeAttribute('name');
            one.open = true;
          }
          // The event of a disclosure follows its change.
          await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
          const scrolls = (one) => ['auto', 'scroll', 'hidden'].includes(getComputedStyle(one).overflowX);
          const isInside = (one) => one.parentElement && (scrolls(one.parentElement) || isInside(one.parentElement));
          const isWide = (one) => one.checkVisibility() && one.getBoundingClientRect().right > width + 1 && !isInside(one);
          const found = [...document.querySelectorAll('body *')].filter(isWide).map((one) => one.outerHTML.slice(0, 80));
          return [document.documentElement.scrollWidth, ...found];
        }, width);
        assert.deepEqual(wide, [width], path);
      }
    });
  }

  test('of the evidence map keeps the names of procedures and conditions visible while it scrolls', async () => {
    for (const viewport of [{ width: 1300, height: 600 }, { width: 768, height: 600 }]) {
      const page = await open('/explore/map', { viewport });
      const places = () =>
        page.evaluate(() => {
          const box = document.querySelector('.map').getBoundingClientRect();
          const of = (selector) => document.querySelector(selector).getBoundingClientRect();
          return { top: of('.map thead th:last-child').top - box.top, left: of('.map tbody th[scope="row"]').left - box.left, first: of('[data-cell]').top };
        });
      const before = await places();
      const scrolled = await page.locator('.map').evaluate((map) => {
        map.scrollTo(map.scrollWidth, map.scrollHeight);
        return [map.scrollLeft > 0 || map.scrollWidth <= map.clientWidth, map.scrollTop > 100];
      });
      assert.deepEqual(scrolled, [true, true], `${viewport.width}`);
      const after = await places();
      assert.ok(Math.abs(after.top) < 1 && Math.abs(after.left - before.left) < 1, JSON.stringify({ before, after }));
      assert.ok(after.first < before.first - 100, 'the marks have moved');
      // A mark that has the focus is not below the names.
      await page.locator('[data-cell]').first().focus();
      const isCovered = await page.locator('[data-cell]').first().evaluate((link) => {
        const { top, bottom, left, right } = link.getBoundingClientRect();
        return !link.contains(document.elementFromPoint((left + right) / 2, (top + bottom) / 2));
      });
      assert.equal(isCovered, false);
    }
  });

  test('of a list has a button in each open filter', async () => {
    for (const width of WIDTHS) {
      const page = await open('/explore/outcomes', { viewport: { width, height: 850 } });
      const facets = page.locator('.facet');
      assert.ok((await facets.count()) > 4);
      for (const facet of await facets.all()) {
        await facet.locator('summary').click();
        // On phones, an open facet does not cover the button of the form.
        const button = (width > 390 ? facet : page.locator('.filters > .actions')).getByRole('button', { name: 'Show' });
        await button.scrollIntoViewIfNeeded();
        const { x, width: size, height } = await button.boundingBox();
        assert.ok(height >= 24 && x >= 0 && x + size <= width, `${width}: ${x}, ${size}, ${height}`);
      }
      await page.locator('.facet[open]').getByRole('checkbox').first().check();
      await page.locator('.filters').getByRole('button', { name: 'Show' }).locator('visible=true').first().click();
      await page.locator('.selected').waitFor();
    }
  });
});
