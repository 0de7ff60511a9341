import assert from 'node:assert/strict';
import { after, afterEach, before } from 'node:test';
import { openBrowser, visitor } from './browser.js';
import { service } from './server.js';

/** The first page with each of its questions, and with its search. */
export const FIRST_PAGES = [
  '/',
  '/?q=microneedling-with-rosacea',
  '/?q=level-1-evidence',
  '/?q=after-a-chemical-peel',
  '/?q=who-must-not-have-botulinum-toxin',
  '/?q=red-after-microneedling',
  '/?q=acne-scars-compared',
  '/?q=risks-of-dermal-filler',
  '/?search=scar',
];

/** A page of each kind of the product; the playground and the desk are not among them. */
export const PAGES = [
  ...FIRST_PAGES,
  '/explore',
  '/explore/map',
  '/explore/map?kind=SCAR&level=1',
  '/explore/map?gaps=shown',
  '/explore/map?gaps=shown&condition=scars',
  '/explore/procedures',
  '/explore/conditions',
  '/explore/conditions?outcomes=none',
  '/explore/outcomes?kind=SCAR&grade=HELPS',
  '/explore/sources',
  '/explore/revisions',
  '/explore/revisions/1',
  '/explore/procedures/microneedling',
  '/explore/conditions/melasma',
  '/explore/outcomes/microneedling--acne-scars',
  '/explore/sources/what-is-microneedling',
  '/explore/compare?condition=acne-scars&a=microneedling&b=dermabrasion',
  '/reference',
  '/reference?search=evidenceLevel',
  '/reference?search=nothing-like-this',
  '/reference/Procedure',
  '/reference/Query.procedures',
];

/**
 * Starts a service and a browser for the tests of a suite. After each test, it checks that the pages reported no errors,
 * requests to other origins or violations of the policy.
 */
export function site() {
  let server;
  let browser;
  let person;

  before(async () => {
    browser = await openBrowser();
    server = await service();
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
  });
  afterEach(async () => {
    const { context, complaints } = person;
    person = undefined;
    await context.close();
    assert.deepEqual(complaints, []);
  });

  /** Returns the browser context of a new user, and closes an earlier one of the same test. */
  async function enter(options = {}) {
    await person?.context.close();
    person = await visitor(browser, server.url, options);
    return person.context;
  }
  /** Returns an empty page of a new user. */
  async function visit(options = {}) {
    return (await enter(options)).newPage();
  }
  /** Returns a page of the service, opened by a new user. */
  async function open(path = '/', options = {}) {
    const page = await visit(options);
    await page.goto(`${server.url}${path}`);
    return page;
  }
  /** Returns the address of the service. */
  const url = () => server.url;
  return { enter, visit, open, url };
}
