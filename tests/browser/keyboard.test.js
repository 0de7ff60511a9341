import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { PAGES, site } from './site.js';

/** The list of the reference has the same parts as its pages, with hundreds of links. */
const REACHED = PAGES.filter((path) => path !== '/reference');
const MAX_TABS = 300;

describe('the keyboard', () => {
  const { open, url } = site();

  test('reaches everything that can be used in each page, and the focus is visible', async () => {
    const page = await open('/');
    for (const path of REACHED) {
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

  test('leads from the first page to a filtered list, an outcome, its file and the map', async () => {
    const page = await open('/');
    const tabTo = async (name) => {
      for (let tab = 0; tab < MAX_TABS; tab += 1) {
        await page.keyboard.press('Tab');
        const text = await page.evaluate(() => document.activeElement.textContent.trim() || document.activeElement.parentElement.textContent.trim());
        if (name.test(text)) return;
      }
      assert.fail(`no tab stop ${name} in ${page.url()}`);
    };
    const follow = async (name, address) => {
      await tabTo(name);
      await page.keyboard.press('Enter');
      await page.waitForURL(address);
    };
    await follow(/^Explorer$/, '**/explore');
    await follow(/^Treatment outcomes$/, '**/explore/outcomes');
    await tabTo(/^Effect$/);
    await page.keyboard.press('Enter');
    await tabTo(/^Effective \d+$/);
    await page.keyboard.press('Space');
    await follow(/^Show$/, '**/explore/outcomes?*grade=EFFECTIVE*');
    const download = page.waitForEvent('download');
    await tabTo(/^CSV$/);
    await page.keyboard.press('Enter');
    await download;
    await follow(/^Findings and sources/, '**/explore/outcomes/*');
    await follow(/^revision 1$/, '**/explore/revisions/1');
    await follow(/^Evidence map$/, '**/explore/map');
    await tabTo(/: effective, level 1, /);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Findings' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('heading', { level: 1, name: 'Evidence map' }).waitFor();
  });
});
