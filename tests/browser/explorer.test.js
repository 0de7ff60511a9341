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

  test('has the filters of the map in the URL, also without scripts', async () => {
    const page = await open('/explore/map', { javaScriptEnabled: false });
    const option = (name, options) => page.getByRole('checkbox', { name, ...options });
    const expand = (name) => page.locator('summary', { hasText: name }).first().click();
    await expand('Kind of condition');
    await option('Scar', { exact: true }).check();
    await expand('Evidence level');
    // The number of an option is how many entries it leaves.
    const before = Number(await option(/^1 \d+$/).evaluate((box) => box.parentElement.querySelector('.count').textContent));
    await option(/^1 \d+$/).check();
    await page.getByRole('button', { name: 'Show' }).first().click();
    const chosen = new URL(page.url()).searchParams;
    assert.deepEqual([chosen.getAll('kind'), chosen.getAll('level')], [['SCAR'], ['1']]);
    assert.ok(await page.locator('input[value="SCAR"]').isChecked());
    const titles = await page.locator('[data-cell]').evaluateAll((links) => links.map((link) => link.title));
    assert.ok(titles.length > 0 && titles.every((title) => title.includes(', level 1, ')), titles.join('\n'));
    assert.ok(titles.length < before, `${titles.length} of level 1 in a kind, ${before} in all`);
    await page.getByRole('link', { name: 'Remove Kind of condition: Scar' }).click();
    assert.equal(new URL(page.url()).search, '?level=1');
    assert.equal(await page.locator('.found > p').first().textContent(), `${before} entries.`);
    // An outcome has a mark for each of its conditions.
    const marks = await page.locator('[data-cell]').count();
    assert.ok(marks >= before, `${marks} marks of ${before} outcomes`);
    await expand('Body area');
    await option('Face').check();
    await expand('Body area');
    await page.getByLabel('Effect, at least').selectOption('Helps');
    await page.getByRole('button', { name: 'Show' }).first().click();
    const narrowed = new URL(page.url()).searchParams;
    assert.deepEqual([narrowed.getAll('area'), narrowed.getAll('least'), narrowed.getAll('level')], [['face'], ['HELPS'], ['1']]);
    assert.match(await page.locator('[data-part="variables"]').textContent(), /"gte": "HELPS"/);
    const strong = await page.locator('[data-cell]').evaluateAll((links) => links.map((link) => link.title));
    assert.ok(strong.length > 0 && strong.length < marks && strong.every((one) => /: (helps|effective), /.test(one)), strong.join('\n'));
    await page.getByRole('link', { name: 'Remove Effect, at least: Helps' }).click();
    await page.getByRole('link', { name: 'Clear filters' }).click();
    assert.ok((await page.locator('[data-cell]').count()) > marks);
  });

  test('finds other names in a list, the best match first, and searches with another order too', async () => {
    const page = await open('/explore/procedures', { javaScriptEnabled: false });
    await page.getByLabel('Search', { exact: true }).fill('botox');
    await page.keyboard.press('Enter');
    await page.waitForURL((url) => url.searchParams.get('name') === 'botox');
    const first = page.locator('.card').first().getByRole('link').first();
    assert.equal(await first.textContent(), 'Botulinum toxin injections');
    const order = page.getByLabel('Order');
    assert.equal(await order.evaluate((select) => select.selectedOptions[0].textContent), 'Best match');
    await order.selectOption('Name');
    await page.getByRole('button', { name: 'Show' }).last().click();
    await page.waitForURL((url) => url.searchParams.get('order') === 'name');
    assert.equal(new URL(page.url()).searchParams.get('name'), 'botox');
    await page.getByRole('link', { name: 'Remove Search: “botox”' }).click();
    assert.equal(new URL(page.url()).search, '');
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

  test('marks gaps in the map, and shows conditions and procedures without a statement if the reader chooses that', async () => {
    const page = await open('/explore/map');
    const rows = () => page.locator('.map tbody th[scope="row"]').count();
    const before = await rows();
    // The dot in an empty cell and its name for screen readers are made by the style sheet.
    const content = await page.locator('.map td:empty').first().evaluate((cell) => getComputedStyle(cell, '::before').content);
    assert.match(content, /"·" \/ "no statement"/);
    await page.getByRole('checkbox', { name: 'Conditions and procedures without a statement' }).check();
    await page.getByRole('button', { name: 'Show' }).last().click();
    await page.waitForURL(/[?&]gaps=shown/);
    assert.ok((await rows()) > before, `${await rows()} rows, ${before} before`);
    await page.getByRole('link', { name: 'Remove Conditions and procedures without a statement: Shown' }).click();
    assert.equal(await rows(), before);
    await page.getByRole('link', { name: 'conditions', exact: true }).click();
    await page.getByRole('heading', { level: 1, name: 'Conditions' }).waitFor();
    assert.ok((await page.getByText('No outcome', { exact: true }).count()) > 0);
    await page.setViewportSize({ width: 390, height: 844 });
    await page.goto(`${url()}/explore/map`);
    assert.ok(await page.getByText(/^No statement about \d+ procedures$/).first().isVisible());
  });

  test('copies the link of a page with its filters', async () => {
    const page = await open('/explore/outcomes?kind=SCAR');
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'], { origin: url() });
    await page.getByRole('button', { name: 'Copy link' }).click();
    await page.getByRole('status').getByText('Link copied').waitFor({ state: 'attached' });
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), `${url()}/explore/outcomes?kind=SCAR`);
  });

  test('leads from a record to its last revision, and from the first page to the latest', async () => {
    const page = await open('/explore/procedures/microneedling');
    await page.getByRole('link', { name: 'revision 1', exact: true }).click();
    await page.getByRole('heading', { level: 1, name: 'Revision 1' }).waitFor();
    await page.getByRole('link', { name: 'Revisions', exact: true }).click();
    await page.getByRole('heading', { level: 1, name: 'Revisions' }).waitFor();
    await page.goto(url());
    await page.getByRole('link', { name: 'Revision 1', exact: true }).click();
    await page.getByText('The first revision created all of its records.').waitFor();
  });

  test('downloads a list as a file', async () => {
    const page = await open('/explore/outcomes?kind=SCAR');
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'CSV' }).click()]);
    assert.match(download.suggestedFilename(), /^dermagraph-outcomes-revision-\d+-\d{4}-\d\d-\d\d\.csv$/);
  });

  test('filters the reference while the reader types, and finds fields by Enter', async () => {
    const page = await open('/reference');
    const field = page.getByLabel('Find a type, field, argument or value');
    const status = page.getByRole('status');
    await field.fill('certainty');
    await status.getByText(/^\d+ names\. Press Enter/).waitFor();
    assert.ok(await page.getByRole('link', { name: 'Certainty', exact: true }).isVisible());
    assert.equal(await page.getByRole('link', { name: 'Query.procedures', exact: true }).isVisible(), false);
    await field.fill('query.procedures');
    await status.getByText(/^1 name\. /).waitFor();
    await field.fill('evidenceLevel is');
    await status.getByText(/^No type or root field has this name\. Press Enter/).waitFor();
    await field.fill('evidenceLevel');
    await field.press('Enter');
    await page.waitForURL(/\?search=evidenceLevel$/);
    await page.getByRole('link', { name: 'TreatmentOutcome.evidenceLevel', exact: true }).click();
    await page.getByRole('heading', { level: 1, name: 'TreatmentOutcome' }).waitFor();
    const row = page.locator('#evidenceLevel');
    assert.ok(await row.evaluate((one) => one.matches(':target') && one.getBoundingClientRect().top < innerHeight));
    await page.goto(`${url()}/reference/Certainty`);
    await page.getByRole('link', { name: 'TreatmentOutcome.certainty' }).click();
    await page.getByRole('heading', { level: 1, name: 'TreatmentOutcome' }).waitFor();
  });

  test('searches the reference without scripts', async () => {
    const page = await open('/reference', { javaScriptEnabled: false });
    await page.getByLabel('Find a type, field, argument or value').fill('nothing-like-this');
    await page.getByRole('button', { name: 'Search' }).click();
    assert.ok(await page.getByText('Try one word, or a part of a name.').isVisible());
  });

  test('stays on a page that was opened from the map and is no outcome, when Escape is pressed, in a field too', async () => {
    const page = await open('/explore/map');
    await page.getByRole('link', { name: 'Dermagraph', exact: true }).click();
    await page.getByRole('heading', { level: 1 }).waitFor();
    const home = page.url();
    const field = page.getByLabel('Find a procedure, condition or source');
    await field.fill('acne');
    await field.press('Escape');
    await page.getByRole('heading', { level: 1 }).click();
    await page.keyboard.press('Escape');
    // A return would have begun before the response to this request.
    await page.evaluate(() => fetch('./llms.txt').then((response) => response.text()));
    assert.equal(page.url(), home);
  });

  test('has filters that open and close by keyboard, one at a time', async () => {
    const page = await open('/explore/outcomes');
    const facet = (name) => page.locator('.facet', { hasText: name }).first();
    const isOpen = (name) => facet(name).evaluate((details) => details.open);
    await facet('Effect').locator('summary').focus();
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Space');
    assert.ok(await facet('Effect').getByRole('checkbox').first().isChecked());
    await page.keyboard.press('Escape');
    assert.equal(await isOpen('Effect'), false);
    assert.match(await page.evaluate(() => document.activeElement.textContent), /^Effect/);
    await page.keyboard.press('Enter');
    await facet('Evidence level').locator('summary').click();
    assert.deepEqual([await isOpen('Effect'), await isOpen('Evidence level')], [false, true]);
    await page.getByRole('heading', { level: 1 }).click();
    assert.equal(await isOpen('Evidence level'), false);
    await page.getByRole('button', { name: 'Show' }).first().click();
    await page.locator('.selected').getByText(/^Remove Effect: /).waitFor();
  });

  test('leads from a condition to the findings of an outcome by visible links', async () => {
    const page = await open('/');
    await page.getByRole('link', { name: 'Explorer', exact: true }).first().click();
    await page.getByRole('link', { name: 'Melasma', exact: true }).click();
    const card = page.locator('.card', { has: page.getByRole('heading', { name: 'Microneedling', exact: true }) });
    assert.match(await card.locator('.marks').textContent(), /Evidence level \d/);
    await card.getByRole('link', { name: /^Findings and sources/ }).click();
    assert.ok((await page.locator('blockquote').count()) > 0);
  });
});
