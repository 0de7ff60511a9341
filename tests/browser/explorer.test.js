import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { site } from './site.js';

describe('the explorer', () => {
  const { open, url } = site();
  const focused = (page) => page.evaluate(() => document.activeElement.getAttribute('title') ?? document.activeElement.textContent.trim());

  test('has an evidence map that is one tab stop, opens a claim by Enter and returns by Escape', async () => {
    const page = await open('/explore/map');
    assert.equal(await page.locator('[data-cell][tabindex="0"]').count(), 1);
    await page.locator('[data-cell][tabindex="0"]').focus();
    assert.match(await focused(page), /^Microneedling, acne scars: effective, level 1, \d+ sources$/);
    await page.keyboard.press('ArrowRight');
    assert.match(await focused(page), /^Radiofrequency microneedling, acne scars: /);
    await page.keyboard.press('ArrowDown');
    assert.doesNotMatch(await focused(page), /acne scars/);
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('End');
    const last = await focused(page);
    assert.match(last, /, acne scars: /);
    await page.keyboard.press('Home');
    assert.match(await focused(page), /^Microneedling, acne scars: /);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Microneedling for acne scars' }).waitFor();
    await page.getByRole('heading', { name: 'Findings' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('heading', { level: 1, name: 'Evidence map' }).waitFor();
    await page.waitForFunction(() => document.activeElement.title?.startsWith('Microneedling, acne scars'));
    await page.keyboard.press('Tab');
    assert.ok(!(await page.evaluate(() => Boolean(document.activeElement.closest('.map table')))), 'the next stop is after the table');
  });

  test('keeps the filters of the map in the address, without scripts too', async () => {
    const page = await open('/explore/map', { javaScriptEnabled: false });
    await page.getByLabel('Kind of condition').selectOption('Scar');
    await page.getByLabel('Evidence level').selectOption('1 only');
    await page.getByRole('button', { name: 'Show' }).click();
    const chosen = new URL(page.url()).searchParams;
    assert.deepEqual([chosen.get('kind'), chosen.get('level')], ['SCAR', '1']);
    assert.equal(await page.getByLabel('Kind of condition').inputValue(), 'SCAR');
    const titles = await page.locator('[data-cell]').evaluateAll((links) => links.map((link) => link.title));
    assert.ok(titles.length > 0 && titles.every((title) => title.includes(', level 1, ')), titles.join('\n'));
    await page.getByRole('link', { name: 'Clear filters' }).click();
    assert.ok((await page.locator('[data-cell]').count()) > titles.length);
  });

  test('shows the map as a list for each condition on a phone', async () => {
    const page = await open('/explore/map', { viewport: { width: 390, height: 844 } });
    assert.ok(await page.getByText(/^Microneedling, acne scars: effective, level 1/).first().isVisible());
    assert.equal(await page.locator('.map thead').isVisible(), false);
    for (const path of ['/explore/map', '/explore', '/explore/sources', '/explore/outcomes?level=1', '/explore/compare?condition=acne-scars&a=microneedling&b=dermabrasion', '/reference', '/reference/Query.procedures', '/explore/outcomes/microneedling--acne-scars']) {
      await page.goto(`${url()}${path}`);
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390, path);
    }
  });

  test('downloads a list as a file', async () => {
    const page = await open('/explore/outcomes?kind=SCAR');
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'CSV' }).click()]);
    assert.match(download.suggestedFilename(), /^dermagraph-outcomes-revision-\d+\.csv$/);
  });

  test('filters the reference while the reader types', async () => {
    const page = await open('/reference');
    await page.getByLabel('Filter by name').fill('certainty');
    await page.getByRole('status').getByText(/^\d+ names$/).waitFor();
    assert.ok(await page.getByRole('link', { name: 'Certainty', exact: true }).isVisible());
    assert.equal(await page.getByRole('link', { name: 'Query.procedures', exact: true }).isVisible(), false);
    await page.getByRole('link', { name: 'Certainty', exact: true }).click();
    await page.getByRole('heading', { level: 1, name: 'Certainty' }).waitFor();
    await page.getByRole('link', { name: 'TreatmentOutcome.certainty' }).click();
    await page.getByRole('heading', { level: 1, name: 'TreatmentOutcome' }).waitFor();
  });

  test('leads a stranger from the first page to three answers by visible links', async () => {
    // What helps with melasma, how sure is that, and how long am I red?
    const page = await open('/');
    await page.getByRole('link', { name: 'Explorer', exact: true }).first().click();
    await page.getByRole('link', { name: 'Melasma', exact: true }).click();
    const card = page.locator('.card', { has: page.getByRole('heading', { name: 'Microneedling', exact: true }) });
    assert.match(await card.locator('.marks').textContent(), /Evidence level \d/);
    await card.getByRole('link', { name: /^Findings and sources/ }).click();
    assert.ok((await page.locator('blockquote').count()) > 0);
    await page.locator('.facts').getByRole('link', { name: 'Microneedling', exact: true }).click();
    await page.locator('.facts div', { hasText: 'Redness' }).getByText('a few days').first().waitFor();
    // Can I have microneedling with rosacea?
    await page.getByRole('link', { name: 'Home' }).click();
    await page.getByRole('link', { name: 'Can I have microneedling with rosacea?' }).click();
    await page.getByText('The library does not name rosacea as a contraindication of microneedling.').waitFor();
    // Which treatments have level 1 evidence?
    await page.getByRole('link', { name: 'Evidence map' }).first().click();
    await page.getByLabel('Evidence level').selectOption('1 only');
    await page.getByRole('button', { name: 'Show' }).click();
    const titles = await page.locator('[data-cell]').evaluateAll((links) => links.map((link) => link.title));
    assert.ok(titles.length > 5 && titles.every((title) => title.includes(', level 1, ')), titles.join('\n'));
  });
});
