import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { describe, test } from 'node:test';
import { promisify } from 'node:util';
import { site } from './site.js';

const run = promisify(execFile);
/** Maximum size of the first page with everything that it loads, compressed, in bytes. */
const MAX_BYTES = 60 * 1024;
const MAX_TABS = 60;
/** Time after which the first answer can be read, in milliseconds. The best of some visits counts, because tests run at once. */
const MAX_WAIT = 300;
const VISITS = 5;

describe('the first page', () => {
  const { visit, open, url } = site();
  const title = (page) => page.locator('#answer-title').textContent();
  const shown = (page, part) => page.locator(`#answer [data-part="${part}"]`).first().textContent();
  /** Runs the programs of a page. Returns the data that each of them prints. */
  const printed = async (page) => {
    const [curl, typescript, python] = await page.locator('#answer [data-part="program"]').allTextContents();
    // The program has no type annotations, so every version of Node.js runs it as JavaScript.
    return [
      JSON.parse((await run('sh', ['-c', curl])).stdout).data,
      JSON.parse((await run(process.execPath, ['--input-type=module', '--eval', typescript])).stdout),
      JSON.parse((await run('python3', ['-c', python])).stdout),
    ];
  };

  test('answers, changes its question and searches without scripts', async () => {
    const page = await open('/', { javaScriptEnabled: false });
    assert.equal(await title(page), 'What helps with melasma, and how sure is that?');
    await page.locator('#answer').getByText('Evidence level 2').first().waitFor();
    await page.getByRole('link', { name: 'Which treatments have level 1 evidence?' }).click();
    await page.waitForURL((url) => url.search === '?q=level-1-evidence');
    assert.equal(await title(page), 'Which treatments have level 1 evidence?');
    await page.getByLabel('Find a procedure, condition or source').fill('scar');
    await page.getByRole('button', { name: 'Search' }).click();
    await page.getByRole('heading', { name: 'Search for “scar”' }).waitFor();
    await page.locator('#answer').getByRole('link', { name: 'Acne scars', exact: true }).click();
    await page.getByRole('heading', { level: 1, name: 'Acne scars' }).waitFor();
  });

  test('shows another answer without loading the page again, and goes back', async () => {
    const page = await open();
    await page.evaluate(() => (globalThis.isSame = true));
    await page.getByRole('link', { name: 'Can I have microneedling with rosacea?' }).click();
    await page.waitForFunction(() => document.getElementById('answer-title').textContent.includes('rosacea'));
    assert.equal(new URL(page.url()).search, '?q=microneedling-with-rosacea');
    assert.match(await page.title(), /rosacea/);
    assert.equal(await page.locator('[aria-current]').count(), 1);
    await page.goBack();
    await page.waitForFunction(() => document.getElementById('answer-title').textContent.includes('melasma'));
    assert.equal(new URL(page.url()).search, '');
    assert.ok(await page.evaluate(() => globalThis.isSame));
  });

  test('can be used by keyboard alone', async () => {
    const page = await open();
    const focused = () => page.evaluate(() => document.activeElement.textContent.trim());
    const tabTo = async (text) => {
      for (let tab = 0; tab < MAX_TABS; tab += 1) {
        await page.keyboard.press('Tab');
        if ((await focused()) === text) return;
      }
      assert.fail(`no tab stop "${text}"`);
    };
    await page.keyboard.press('Tab');
    assert.equal(await focused(), 'Skip to the content');
    await page.keyboard.press('Enter');
    await tabTo('Who must not have botulinum toxin?');
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => document.activeElement.id === 'answer-title');
    assert.equal(await focused(), 'Who must not have botulinum toxin?');
    await tabTo('curl');
    await page.keyboard.press('Enter');
    await page.locator('details[open] [data-part="program"]').first().waitFor({ state: 'visible' });
    await page.keyboard.press('Shift+Tab');
    assert.equal(await focused(), 'Open in the playground');
  });

  test('shows requests and programs that give the data of the answer', async () => {
    const page = await open('/?q=microneedling-with-rosacea');
    const [query, variables] = [await shown(page, 'query'), await shown(page, 'variables')];
    const response = await fetch(`${url()}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables: JSON.parse(variables) }),
    });
    const { data } = await response.json();
    for (const { name } of data.procedure.contraindications) {
      await page.locator('.answer').getByText(name, { exact: true }).waitFor();
    }
    for (const one of await printed(page)) assert.deepEqual(one, data);
    const link = new URL(await page.getByRole('link', { name: 'Open in the playground' }).first().getAttribute('href'), page.url());
    assert.deepEqual([link.searchParams.get('query'), link.searchParams.get('variables')], [query, variables]);
  });

  test('shows programs that run with booleans and with texts of any characters', async () => {
    const text = 'it\'s "5%" \\ ${x} $y `z` é\n!';
    const page = await open(`/explore/map?gaps=shown&condition=${encodeURIComponent(text)}`);
    const [query, variables] = [await shown(page, 'query'), JSON.parse(await shown(page, 'variables'))];
    assert.deepEqual([variables.gaps, variables.conditions], [true, { slug: { in: [text] } }]);
    const response = await fetch(`${url()}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
    });
    const { data } = await response.json();
    for (const one of await printed(page)) assert.deepEqual(one, data);
  });

  test('copies a text by a button', async () => {
    const page = await open();
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'], { origin: url() });
    await page.getByRole('button', { name: 'Copy GraphQL' }).first().click();
    await page.getByRole('status').getByText('GraphQL copied').waitFor({ state: 'attached' });
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), await shown(page, 'query'));
  });

  test('can be read at once', async () => {
    const page = await visit();
    const waits = [];
    for (let turn = 0; turn < VISITS; turn += 1) {
      await page.goto(url());
      assert.ok(await page.locator('.answer .card').first().isVisible());
      const paint = () => performance.getEntriesByName('first-contentful-paint')[0]?.startTime;
      waits.push(await (await page.waitForFunction(paint)).jsonValue());
    }
    assert.ok(Math.min(...waits) <= MAX_WAIT, `${waits} ms`);
  });

  test('is small and fits a phone', async () => {
    const page = await visit({ viewport: { width: 390, height: 844 } });
    const network = await page.context().newCDPSession(page);
    await network.send('Network.enable');
    let bytes = 0;
    network.on('Network.loadingFinished', ({ encodedDataLength }) => (bytes += encodedDataLength));
    await page.goto(url(), { waitUntil: 'networkidle' });
    assert.ok(bytes > 5000 && bytes <= MAX_BYTES, `${bytes} bytes`);
    for (const path of ['/', '/?q=acne-scars-compared', '/?q=risks-of-dermal-filler', '/explore/procedures/microneedling']) {
      await page.goto(`${url()}${path}`);
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390, path);
    }
    assert.deepEqual(await page.context().cookies(), []);
  });

  test('begins its first answer on the first screen of a phone', async () => {
    const page = await open('/', { viewport: { width: 390, height: 844 } });
    const { y } = await page.locator('.answer .card').first().boundingBox();
    assert.ok(y < 844, `the first card begins at ${y}`);
    await page.getByRole('link', { name: 'Other questions' }).click();
    await page.getByRole('link', { name: 'Which treatments have level 1 evidence?' }).click();
    await page.waitForFunction(() => document.getElementById('answer-title').textContent.includes('level 1'));
  });
});
