import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { site } from './site.js';

/** A page of each kind. The list of the reference has the same parts as its pages, with hundreds of links. */
const PAGES = [
  '/',
  '/?search=scar',
  '/?q=acne-scars-compared',
  '/explore',
  '/explore/map',
  '/explore/outcomes?kind=SCAR',
  '/explore/procedures/microneedling',
  '/explore/conditions/melasma',
  '/explore/outcomes/microneedling--acne-scars',
  '/explore/sources/what-is-microneedling',
  '/explore/compare?condition=acne-scars&a=microneedling&b=dermabrasion',
  '/reference/Query.procedures',
  '/reference?search=evidenceLevel',
];

describe('the keyboard', () => {
  const { open, url } = site();

  test('reaches everything that can be used in each page, and the focus is visible', async () => {
    const page = await open('/');
    for (const path of PAGES) {
      await page.goto(`${url()}${path}`);
      const stops = await page.evaluate(() => {
        const usable = document.querySelectorAll('a[href], button, input, select, summary, [tabindex]');
        globalThis.expected = new Set([...usable].filter((one) => one.tabIndex >= 0 && one.checkVisibility()));
        globalThis.reached = new Set();
        globalThis.invisible = [];
        document.addEventListener('focusin', ({ target }) => {
          globalThis.reached.add(target);
          const { outlineStyle, outlineWidth } = getComputedStyle(target);
          if (outlineStyle === 'none' || outlineWidth === '0px') globalThis.invisible.push(target.outerHTML.slice(0, 80));
        });
        return globalThis.expected.size;
      });
      assert.ok(stops > 10, `${path} has ${stops} stops`);
      for (let stop = 0; stop < stops; stop += 1) await page.keyboard.press('Tab');
      const { missed, invisible } = await page.evaluate(() => ({
        missed: [...globalThis.expected].filter((one) => !globalThis.reached.has(one)).map((one) => one.outerHTML.slice(0, 80)),
        invisible: globalThis.invisible,
      }));
      assert.deepEqual({ missed, invisible }, { missed: [], invisible: [] }, path);
    }
  });
});
