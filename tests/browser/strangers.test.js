import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { site } from './site.js';

/** The time in which a stranger must find an answer, from the first page on. */
const TIMEOUT_MS = 60_000;
const MIN_FONT_PX = 14;

/**
 * Strangers who know neither the product nor its addresses. They only click what they see, and type. An answer counts if it can
 * be read on the screen.
 */
describe('a stranger', () => {
  const { open } = site();

  /** Checks that a text is on the screen, not covered, and large enough. */
  async function reads(page, locator) {
    const text = locator.first();
    await text.waitFor();
    await text.scrollIntoViewIfNeeded();
    const shown = await text.evaluate((element) => {
      const { top, bottom, left, right } = element.getBoundingClientRect();
      const above = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
      return {
        isInside: top >= 0 && bottom <= innerHeight && left >= 0 && right <= innerWidth,
        isOnTop: element.contains(above) || above?.contains(element),
        fontSize: Number.parseFloat(getComputedStyle(element).fontSize),
      };
    });
    const words = await text.textContent();
    assert.ok(shown.isInside && shown.isOnTop && shown.fontSize >= MIN_FONT_PX, `${words}: ${JSON.stringify(shown)}`);
    return words;
  }

  /** Opens the first page and checks how long the stranger takes. */
  async function within(options, find) {
    const page = await open('/', options);
    const start = Date.now();
    await find(page);
    assert.ok(Date.now() - start < TIMEOUT_MS, `${Date.now() - start} ms`);
  }

  for (const [name, options] of [
    ['on a desktop', { viewport: { width: 1300, height: 850 } }],
    ['on a phone', { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }],
  ]) {
    test(`learns what helps with melasma, how sure that is, and how long the skin is red, ${name}`, async () => {
      await within(options, async (page) => {
        const card = page.locator('.answer .card', { has: page.getByRole('link', { name: 'Microneedling', exact: true }) });
        await reads(page, card.getByRole('link', { name: 'Microneedling', exact: true }));
        assert.match(await reads(page, card.locator('.level')), /^Evidence level [1-5]$/);
        assert.match(await reads(page, card.locator('.grade')), /\w/);
        await card.getByRole('link', { name: 'Microneedling', exact: true }).click();
        await page.getByRole('heading', { level: 1, name: 'Microneedling' }).waitFor();
        await reads(page, page.locator('.facts div', { hasText: 'Redness' }).getByText('a few days'));
      });
    });

    test(`learns whether microneedling is possible with rosacea, ${name}`, async () => {
      await within(options, async (page) => {
        await page.getByRole('link', { name: 'Can I have microneedling with rosacea?' }).click();
        await reads(page, page.getByText('The library does not name rosacea as a contraindication of microneedling.'));
      });
    });

    test(`learns which treatments have level 1 evidence, ${name}`, async () => {
      await within(options, async (page) => {
        await page.getByRole('link', { name: 'Evidence map' }).first().click();
        await page.locator('summary', { hasText: 'Evidence level' }).first().click();
        await page.getByRole('checkbox', { name: /^1 \d+$/ }).check();
        await page.getByRole('button', { name: 'Show' }).first().click();
        await page.getByText('Evidence level: 1').waitFor();
        const titles = await page.locator('[data-cell]').evaluateAll((links) => links.map((link) => link.title));
        assert.ok(titles.filter((title) => title.includes(', level 1, ')).length > 5, titles.join('\n'));
        await reads(page, page.locator('[data-cell]'));
      });
    });
  }

  test('finds the same by typing words', async () => {
    await within({}, async (page) => {
      await page.getByLabel('Find a procedure, condition or source').fill('melasma');
      await page.keyboard.press('Enter');
      await page.locator('#answer').getByRole('link', { name: 'Melasma', exact: true }).click();
      await reads(page, page.getByRole('heading', { name: 'Treatments' }));
      await page.getByRole('link', { name: 'Home' }).click();
      await page.getByLabel('Find a procedure, condition or source').fill('rosacea');
      await page.keyboard.press('Enter');
      await page.locator('#answer').getByRole('link', { name: 'Rosacea', exact: true }).click();
      await reads(page, page.getByRole('heading', { name: 'Procedures for which it is a contraindication' }));
    });
  });
});
