import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { persist, plain, PlaygroundPage } from './playground-page.js';
import { site } from './site.js';

const QUESTION = '{ procedures(first: 1) { nodes { name } } }';
const SECRET = 'not-for-the-disk';

describe('the playground', () => {
  const { enter, visit, url } = site();

  /** Opens the playground as a new user. */
  async function newcomer(options) {
    const playground = await PlaygroundPage.open(await enter(options), `${url()}/playground`);
    await playground.response();
    return playground;
  }

  test('opens the documentation and runs the first example in the first visit only, and leads back to the first page', async () => {
    const playground = await newcomer();
    const { page } = playground;
    assert.match(await playground.response(), /"condition"/);
    await playground.button('Hide Documentation Explorer').click();
    await playground.tabsStored();
    const later = await PlaygroundPage.open(page.context(), `${url()}/playground`);
    await later.button('Show Documentation Explorer').waitFor();
    await later.shows('# ');
    assert.equal(plain(await later.output.textContent()).trim(), '');
    await later.page.getByRole('link', { name: 'Dermagraph', exact: true }).click();
    await later.page.getByRole('heading', { level: 1, name: 'What helps, and how sure is that?' }).waitFor();
  });

  test('runs a subscription until it is stopped, and shows the error of one', async () => {
    const playground = await newcomer();
    await playground.type('subscription { library { revision } }');
    await playground.run();
    assert.match(await playground.response(), /"revision": 1/);
    await playground.button('Stop query (Ctrl-Enter)').click();
    await playground.button('Execute query (Ctrl-Enter)').waitFor();
    await playground.type('subscription { nonsense }');
    await playground.page.keyboard.press('Control+Enter');
    await playground.output.getByText('VALIDATION').waitFor();
  });

  test('opens at the URL of the endpoint, with documentation that starts with the schema and the content types', async () => {
    const playground = await PlaygroundPage.open(await enter(), `${url()}/graphql`);
    const { page } = playground;
    assert.equal(new URL(page.url()).pathname, '/playground');
    await page.getByText('Educational, not medical advice.', { exact: false }).first().waitFor();
    const types = await page.locator('.graphiql-doc-explorer-section-content').last().locator('a').allTextContents();
    const [content, value, choice, connection, filter] = ['Procedure', 'Recovery', 'EffectivenessGrade', 'ProcedureConnection', 'ProcedureWhere'].map(
      (name) => types.indexOf(name),
    );
    assert.ok(content >= 0 && content < value && value < connection && choice < connection && choice < filter, types.join(' '));
    await page.locator('.graphiql-doc-explorer-search').click();
    await page.keyboard.type('Procedure');
    await page.getByRole('option', { name: 'Procedure', exact: true }).click();
    await page.locator('.graphiql-doc-explorer-title', { hasText: /^Procedure$/ }).waitFor();
    await page.locator('.graphiql-doc-explorer-field-name', { hasText: /^outcomes$/ }).first().waitFor();
  });

  test('closes a tab by keyboard', async () => {
    const playground = await newcomer();
    await playground.tabs.nth(1).waitFor();
    const before = await playground.tabs.count();
    await playground.tabs.first().focus();
    await playground.page.keyboard.press('Delete');
    await playground.page.waitForFunction((count) => document.querySelectorAll('[role="tab"]').length === count, before - 1);
  });

  test('completes what is typed', async () => {
    const playground = await newcomer();
    await playground.type('{ proc');
    const offered = playground.page.locator('.suggest-widget.visible .monaco-list-row', { hasText: 'procedures' });
    // The editor's worker gets the schema with a delay.
    await persist(offered, async () => {
      await playground.page.keyboard.press('Backspace');
      await playground.page.keyboard.type('c');
    });
  });

  test('underlines a field that the schema does not have', async () => {
    const playground = await newcomer();
    await playground.type('{ nonsense }');
    await persist(playground.editor.locator('.squiggly-error'), async () => {
      await playground.page.keyboard.type(' ');
    });
  });

  test('builds queries in the explorer', async () => {
    const playground = await newcomer();
    await playground.button('Show GraphiQL Explorer').click();
    await playground.page.locator('.graphiql-explorer-root').getByText('procedures', { exact: true }).first().waitFor();
  });

  test('stores queries in the history without their headers', async () => {
    const playground = await newcomer();
    const { page } = playground;
    await playground.type(QUESTION);
    await playground.button('Headers').click();
    await page.locator('.graphiql-editor-tool .monaco-editor:visible').click();
    await page.keyboard.type(`{"x-secret": "${SECRET}`);
    const request = page.waitForRequest((request) => request.headers()['x-secret'] === SECRET);
    await playground.button('Execute query (Ctrl-Enter)').click();
    await request;
    await playground.response();
    await playground.button('Show History').click();
    await page.locator('.graphiql-history-item', { hasText: 'procedures' }).first().waitFor();
    assert.match(await playground.stored('queries'), /procedures/);
    const everything = await page.evaluate(() => JSON.stringify({ ...localStorage }));
    assert.ok(!everything.includes(SECRET), everything);
  });

  test('opens the tour once, and again only by its button', async () => {
    const playground = await newcomer();
    const { page, tabs } = playground;
    await tabs.nth(1).waitFor();
    const first = await tabs.count();
    assert.ok(first >= 3, `${first} tabs`);
    await playground.shows('# ');
    await playground.type('{ library { revision } }');
    await tabs.first().hover();
    await page.locator('.graphiql-tab-close').first().click();
    await page.waitForFunction((count) => document.querySelectorAll('[role="tab"]').length === count, first);
    await playground.tabsStored();

    const later = await PlaygroundPage.open(playground.page.context(), `${url()}/playground`);
    await later.tabs.nth(first - 1).waitFor();
    assert.equal(await later.tabs.count(), first);
    await later.button('Tour').click();
    await later.tabs.nth(first).waitFor();
    assert.equal(await later.tabs.count(), first + 1);
    await later.shows('# ');
  });

  test('opens a share link as one more tab', async () => {
    const playground = await newcomer();
    await playground.page.context().grantPermissions(['clipboard-read', 'clipboard-write'], { origin: url() });
    await playground.type('query One { library { revision } } query Two { procedures(first: 2) { totalCount } }');
    await playground.tabsStored();
    await playground.button('Copy share link').click();
    await playground.page.getByRole('status').getByText('Link copied').waitFor();
    const link = await playground.page.evaluate(() => navigator.clipboard.readText());
    assert.equal(new URL(link).origin, url());

    const other = await newcomer();
    await other.type('{ library { notice } }');
    await other.tabsStored();
    const own = await other.tabs.count();
    const opened = await PlaygroundPage.open(other.page.context(), `${link.split('&operationName')[0]}&operationName=Two`);
    await opened.tabs.nth(own).waitFor();
    await opened.shows('query Two');
    assert.equal(new URL(opened.page.url()).search, '');
    // The query of a link runs by itself.
    assert.match(await opened.response(), /"totalCount"/);
    assert.doesNotMatch(await opened.response(), /"revision"/);
  });

  test('leaves a subscription of a share link to the reader', async () => {
    const query = encodeURIComponent('subscription Changes { library { revision } }');
    const opened = await PlaygroundPage.open(await enter(), `${url()}/playground?query=${query}`);
    await opened.shows('subscription Changes');
    await opened.button('Execute query (Ctrl-Enter)').waitFor();
    assert.equal(plain(await opened.output.textContent()).trim(), '');
  });

  test('runs a query that is typed and started by keyboard, and says how that went', async () => {
    const playground = await newcomer();
    const status = playground.page.locator('.measured');
    await playground.type(QUESTION);
    await playground.run();
    assert.match(await status.textContent(), /^Status 200 · \d+ ms · \d+ bytes · cost [1-9]\d* · ([1-9]\d* statements?|from the cache)$/);
    assert.match(await playground.response(), /"procedures"/);
    assert.doesNotMatch(await playground.response(), /extensions/);
  });

  test('has an example for each kind of reader', async () => {
    const playground = await newcomer();
    for (const name of ['PatientApp', 'ClinicSite', 'Clinician', 'Tool']) {
      await playground.page.getByRole('tab', { name, exact: true }).click();
      await playground.shows(`query ${name}`);
      await playground.editor.locator('textarea, .native-edit-context').first().focus();
      await playground.run();
    }
  });

  test('fits a phone', async () => {
    const playground = await newcomer({ viewport: { width: 390, height: 844 }, hasTouch: true });
    await playground.button('Execute query (Ctrl-Enter)').tap();
    await playground.response();
    const inside = async () => {
      const box = await playground.page.evaluate(() => [
        document.documentElement.scrollWidth,
        document.querySelector('.graphiql-container').scrollWidth,
        document.querySelector('.result-window').getBoundingClientRect().right,
        document.querySelector('.graphiql-execute-button').getBoundingClientRect().right,
      ]);
      assert.ok(box.every((right) => right <= 390), `${box}`);
    };
    await inside();
    await playground.button('Show Documentation Explorer').tap();
    await playground.page.locator('.graphiql-doc-explorer-title').waitFor();
    await inside();

    const later = await PlaygroundPage.open(playground.page.context(), `${url()}/playground`);
    await later.button('Show Documentation Explorer').waitFor();
  });

  test('follows the colours of the system', async () => {
    const playground = await newcomer({ colorScheme: 'dark' });
    const brightness = (limit) =>
      playground.page.waitForFunction(([low, high]) => {
        const paint = getComputedStyle(document.querySelector('.graphiql-container')).backgroundColor;
        const [red] = paint.match(/\d+/g).map(Number);
        const dark = document.querySelector('.monaco-editor').classList.contains('vs-dark');
        return red >= low && red <= high && dark === high < 128;
      }, limit);
    await brightness([0, 100]);
    await playground.page.emulateMedia({ colorScheme: 'light' });
    await brightness([200, 255]);
  });

  test('contains the licences of its packages', async () => {
    const playground = await newcomer();
    await playground.page.getByRole('link', { name: 'Licences' }).click();
    await playground.page.getByText('monaco-editor').first().waitFor();
  });

  test('has a small page that needs no bundle', async () => {
    const page = await visit();
    await page.goto(`${url()}/playground-basic`);
    await page.getByLabel('Query').fill(QUESTION);
    await page.keyboard.press('Control+Enter');
    await page.getByRole('status').getByText('Done.').waitFor();
    assert.match(plain(await page.locator('#answer').textContent()), /"procedures"/);
  });
});
