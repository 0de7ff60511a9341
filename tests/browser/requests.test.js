import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { openBrowser } from './browser.js';
import { launch } from './server.js';
import { FIRST_PAGES } from './site.js';

/** Every kind of view, and choices in those that have some. */
const VIEWS = [
  ...FIRST_PAGES,
  '/explore',
  '/explore/map',
  '/explore/map?kind=SCAR&level=1&level=2',
  '/explore/map?area=face&least=HELPS',
  '/explore/map?gaps=shown',
  '/explore/conditions?outcomes=none',
  '/explore/revisions',
  '/explore/revisions/1',
  '/explore/procedures?purpose=MEDICAL&order=treatments',
  '/explore/conditions?area=face&name=scars',
  '/explore/outcomes?condition=acne-scars&grade=HELPS',
  '/explore/sources?kind=GUIDELINE&kind=REGULATOR',
  '/explore/procedures/microneedling',
  '/explore/conditions/melasma',
  '/explore/outcomes/microneedling--acne-scars',
  '/explore/sources/what-is-microneedling',
  '/explore/compare',
  '/explore/compare?condition=acne-scars&a=microneedling&b=dermabrasion',
  '/reference/Procedure',
  '/reference/Query.procedures',
];

describe('the request behind a view', () => {
  let server;
  let browser;

  before(async () => {
    browser = await openBrowser();
    server = await launch('requests', ['--log-format', 'json'], { DERMAGRAPH_LOG: 'warn,dermagraph::request=info' });
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
  });

  /** Returns the texts of the view, and the hash of the document that the service has run for it. */
  async function view(page, path) {
    const response = await page.goto(`${server.url}${path}`);
    const part = (name) => page.locator(`.request [data-part="${name}"]`).first();
    const query = await part('query').textContent();
    const variables = (await part('variables').count()) ? await part('variables').textContent() : '{}';
    const playground = await page.getByRole('link', { name: 'Open in the playground' }).first().getAttribute('href');
    const { hash } = await server.logged(response.headers()['x-request-id']);
    return { query, variables, hash, link: new URL(playground, page.url()), text: (await page.locator('main').textContent()).toLowerCase() };
  }

  test('is the one that was sent, in every view', async () => {
    const page = await browser.newPage();
    for (const path of VIEWS) {
      const { query, variables, hash, link, text } = await view(page, path);
      assert.equal(createHash('sha256').update(query).digest('hex'), hash, `${path} shows another document than was sent`);
      assert.equal(link.searchParams.get('query'), query, path);
      assert.equal(link.searchParams.get('variables') ?? '{}', variables, path);
      const response = await fetch(`${server.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query, variables: JSON.parse(variables) }),
      });
      const { data, errors } = await response.json();
      assert.equal(errors, undefined, path);
      // The variables are those of the view if it shows the names in their response.
      const names = [...new Set(namesIn(data))].slice(0, 20);
      assert.ok(names.length > 0, `${path} has no names`);
      for (const name of names) assert.ok(text.includes(name.toLowerCase()), `${path} does not show ${name}`);
    }
  });
});

/** Returns the names of the first records in a response. Facets and choices of a form are no entries. */
function namesIn(value, key) {
  if (key === 'facets') return [];
  if (typeof value === 'string') return key === 'name' || key === 'title' ? [value] : [];
  if (!value || typeof value !== 'object') return [];
  if (value.publishedAt) return [value.summary];
  return Object.entries(value).flatMap(([inner, one]) => namesIn(one, Array.isArray(value) ? key : inner));
}
