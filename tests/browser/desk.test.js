import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { violations } from './axe.js';
import { openBrowser, visitor } from './browser.js';
import { DeskPage, deskService } from './desk-page.js';

const PROCEDURE = 'Procedure/microneedling';
const LINE = 'Then use a simple moisturiser 3 to 4 times a day.';
const MAX_TASK_MS = 5 * 60_000;
const MAX_TABS = 400;
const OUTDATED = 'Warning: The review of the Procedure "microneedling" was made before this change, so it is removed.';
const HOSTILE = '<img src="x" onerror="globalThis.isBroken = true"> stays a text.';

const CARE = '{ procedure(by: {slug: "microneedling"}) { aftercare { text duration { text } } } }';
const REVIEW = '{ procedure(by: {slug: "microneedling"}) { review { reviewedOn reviewer role nextDue } } }';
const care = async (server) => (await server.execute(CARE)).procedure.aftercare.map(({ text }) => text);

describe("the editor's desk", () => {
  let server;
  let browser;
  let user;
  const expected = [];

  before(async () => {
    browser = await openBrowser();
    server = await deskService();
  });
  afterEach(async () => {
    const { context, complaints } = user;
    await context.close();
    assert.deepEqual(
      complaints.filter((one) => !expected.some((part) => one.includes(part))),
      [],
    );
    expected.length = 0;
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
  });

  async function enter(options = {}) {
    user = await visitor(browser, server.url, options);
    return user.context;
  }
  async function open(role, document, options) {
    // Chromium reports every refused request, also the request for the permissions of a key.
    if (role === 'editor') expected.push('403');
    return DeskPage.open(await enter(options), server.url, server.keys[role], document);
  }
  /** Opens a document in two sessions, of which each has read the same revision. */
  async function openTwice() {
    const yours = await open('publisher', PROCEDURE);
    return [yours, await DeskPage.open(user.context, server.url, server.keys.publisher, PROCEDURE)];
  }
  const setCare = (fields) =>
    server.execute(
      'mutation ($operations: [ProcedureOperation!]!) { patchProcedure(by: {slug: "microneedling"}, operations: $operations) { revision errors { message } } }',
      {
        operations: [{ set: fields }],
      },
    );

  const reviewed = async () => (await server.execute(REVIEW)).procedure.review;
  const setReview = async (review) => assert.deepEqual((await setCare({ review })).patchProcedure.errors, []);
  const saveArea = (slug, name) => {
    const document = { slug, name, notice: 'Educational content, not medical advice.' };
    return server.execute('mutation ($document: BodyAreaDocument!) { saveBodyArea(document: $document) { revision } }', { document });
  };
  const deleteArea = async (slug) => {
    const query = 'mutation ($slug: String!) { deleteBodyArea(by: {slug: $slug}) { revision } }';
    return (await server.execute(query, { slug })).deleteBodyArea.revision;
  };

  test('lets a newcomer change a line of aftercare, see the difference, publish it, and revert it', async () => {
    const begun = Date.now();
    const before = await care(server);
    const context = await enter();
    const page = await context.newPage();
    await page.goto(server.url);
    await page.getByRole('link', { name: 'For editors' }).click();
    await page.getByLabel('Your key').fill(server.keys.publisher);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByLabel('Words of the document').fill('microneedling');
    await page.getByRole('link', { name: 'Microneedling', exact: true }).click();
    const desk = new DeskPage(page);
    await page.getByRole('navigation', { name: 'Fields' }).getByRole('button', { name: 'Aftercare' }).click();
    const line = await desk.entry('aftercare', LINE, 'text');
    await line.fill('Then use a simple moisturiser twice a day.');

    const [difference, ...others] = await desk.differences();
    assert.match(difference, /Aftercare › 2 › Text/);
    assert.ok(difference.includes(LINE) && difference.includes('Then use a simple moisturiser twice a day.'), difference);
    assert.deepEqual(others, []);
    assert.deepEqual(await care(server), before, 'nothing is published yet');

    await page.getByLabel('Reason, for the history').fill('The leaflet has changed');
    await desk.button('Publish').click();
    await page.getByText('Published as revision 2.').waitFor();
    assert.equal((await care(server))[1], 'Then use a simple moisturiser twice a day.');
    await page.getByText('History').click();
    await page.getByText('The leaflet has changed').waitFor();

    await desk.button('Revert').click();
    await desk.differences();
    await desk.button('Publish').click();
    await page.getByText('The earlier document is published again, as revision 3.').waitFor();
    assert.deepEqual(await care(server), before);
    assert.ok(Date.now() - begun < MAX_TASK_MS);
  });

  test('reads every kind of document as it is stored', async () => {
    const desk = await open('publisher');
    // The desk works with what it reads: setting all fields to that must change nothing.
    const wrong = await desk.page.evaluate(async (key) => {
      const [{ openSession }, { readStored }, { patch }] = await Promise.all(
        ['session', 'stored', 'mutations'].map((name) => import(`./edit/${name}.js`)),
      );
      const session = await openSession(key);
      const found = [];
      for (const content of session.schema.contents) {
        for (const { slug } of (await session.find(content.name, '', 4)).records) {
          const { document } = await readStored(session, content, slug);
          const all = Object.fromEntries([...content.patched].map((name) => [name, document[name]]));
          const { errors, changed } = await patch(session, content, slug, all, {}, { dryRun: true });
          if (errors.length || changed) found.push({ type: content.name, slug, errors });
        }
      }
      return found;
    }, server.keys.publisher);
    assert.deepEqual(wrong, []);
  });

  test('compares lists entry by entry', async () => {
    const page = await (await enter()).newPage();
    await page.goto(`${server.url}/edit`);
    const compared = (before, after) =>
      page.evaluate(
        async ([one, other]) => {
          const { differences } = await import('./edit/difference.js');
          const found = differences({}, undefined, one, other, []);
          return found.map(({ trail, before, after }) => `${trail.map(({ label }) => label).join(' ')}: ${before} > ${after}`);
        },
        [before, after],
      );
    const steps = (...texts) => texts.map((text, at) => ({ position: at + 1, text }));
    assert.deepEqual(await compared(steps('a', 'b'), steps('a', 'b')), []);
    assert.deepEqual(await compared(steps('a', 'b'), steps('x', 'a', 'b')), ['1:  > Text: x']);
    assert.deepEqual(await compared(steps('a', 'b', 'c'), steps('a', 'x', 'c')), ['2 Text: b > x']);
    assert.deepEqual(await compared(steps('a', 'b', 'c'), steps('a', 'c')), ['2: Text: b > ']);
    assert.deepEqual(await compared({ sources: ['a', 'b'], note: null }, { sources: ['b'], note: '' }), ['Sources 1: a > ', 'Note:  > ']);
    assert.deepEqual(await compared({ approximate: false }, { approximate: true }), ['Approximate: No > Yes']);
  });

  test('merges the lists of two editors entry by entry', async () => {
    const { page } = await open('publisher');
    // The key of an entry is the first letter of its text. An entry with "+" is new, and has no key yet.
    const list = (texts) => ({ aftercare: texts.split(' ').map((text) => (text === '+' ? { text } : { key: text[0], text })) });
    const withoutKeys = { aftercare: [{ text: 'a' }] };
    const cases = [
      [list('a b c'), list('a1 b c'), list('a b1 c')],
      [list('a b c'), list('a1 b c'), list('a2 b c')],
      [list('a b c'), list('n a b1 c'), list('c a b +')],
      [list('a b c'), list('b a c'), list('c b1 a')],
      [list('a b c'), list('a1 b c'), list('b1 c')],
      [list('a b c'), list('b c'), list('a b1 c')],
      [withoutKeys, list('a1'), list('a2')],
    ];
    const merged = await page.evaluate(
      async ([key, documents]) => {
        const [{ openSession }, { mergeDocuments }] = await Promise.all(['session', 'merge'].map((name) => import(`./edit/${name}.js`)));
        const { schema, contentOf } = await openSession(key);
        return documents.map(([base, theirs, yours]) => {
          const parts = [];
          const decide = (part) => {
            parts.push(`${part.trail.map(({ label }) => label).join(' ')}${part.isBoth ? ': both' : ''}`);
            return part.isBoth ? part.yours : part.theirs;
          };
          const { aftercare } = mergeDocuments(schema, contentOf('Procedure'), { base, theirs, yours }, decide);
          return [aftercare.map(({ text }) => text).join(' '), ...parts];
        });
      },
      [server.keys.publisher, cases],
    );
    assert.deepEqual(merged, [
      ['a1 b1 c', 'Aftercare 1'],
      ['a2 b c', 'Aftercare 1 Text: both'],
      ['n c a b1 +', 'Aftercare 1', 'Aftercare 3'],
      ['c b1 a', 'Aftercare: both'],
      ['b1 c', 'Aftercare 1: both'],
      ['b1 c', 'Aftercare 1'],
      ['a2', 'Aftercare: both'],
    ]);
  });

  test('creates a document, renames it, deletes it by keyboard, and takes that back', async () => {
    const area = async (slug) => (await server.execute('query ($slug: String!) { bodyArea(by: {slug: $slug}) { slug name } }', { slug })).bodyArea;
    const desk = await open('publisher');
    const { page } = desk;
    const { keyboard } = page;
    await page.getByText('Create a document').click();
    await page.getByRole('link', { name: 'Body area', exact: true }).click();
    await page.getByRole('heading', { name: 'New: body area' }).waitFor();
    const fill = (field, text) => desk.field(field).locator('textarea').fill(text);
    await fill('name', 'Bridge of the nose');
    await desk.changes.getByText('your attention').waitFor();
    await desk.field('slug').getByText('Fill this in.').waitFor();
    await fill('notice', 'Educational content, not medical advice.');
    await fill('slug', 'Nose bridge');
    await desk.changes.getByText('One field needs your attention.').waitFor();
    assert.match(await desk.field('slug').locator('.problem').innerText(), /lowercase letters/);
    await fill('slug', 'nose-bridge');
    await desk.changes.getByText('Body area “nose-bridge”: created').waitFor();
    assert.equal(await area('nose-bridge'), null);
    await desk.button('Publish').click();
    await page.getByText('Published as revision').waitFor();
    await page.getByRole('heading', { name: 'Bridge of the nose', level: 1 }).waitFor();
    assert.equal(new URL(page.url()).hash, '#BodyArea/nose-bridge');

    await desk.button('Rename').click();
    await page.getByLabel('New slug').fill('face');
    await desk.button('Check').click();
    await desk.changes.locator('.problem').first().waitFor();
    assert.equal(await desk.button('Publish').count(), 0);
    await page.getByLabel('New slug').fill('bridge');
    await desk.button('Check').click();
    await desk.button('Publish').click();
    await page.getByText('The slug “nose-bridge” still finds it.').waitFor();
    assert.deepEqual(await area('nose-bridge'), { slug: 'bridge', name: 'Bridge of the nose' });

    await desk.button('Delete').focus();
    await keyboard.press('Enter');
    await desk.changes.getByLabel('To confirm, type “bridge”').waitFor();
    for (const text of ['', 'bridge']) {
      await desk.changes.getByLabel('To confirm').focus();
      await keyboard.type(text);
      await keyboard.press('Tab');
      await keyboard.press('Enter');
      if (!text) await desk.changes.getByRole('alert').getByText('type “bridge”').waitFor();
    }
    await page.getByText('“Bridge of the nose” is deleted').waitFor();
    assert.equal(await area('bridge'), null);
    await desk.button('Revert').click();
    await desk.button('Publish').click();
    await page.getByText('The earlier document is published again').waitFor();
    assert.equal((await area('bridge')).name, 'Bridge of the nose');
    await server.execute('mutation { deleteBodyArea(by: {slug: "bridge"}) { revision } }');
  });

  test('says that somebody else has published the same change', async () => {
    const document = { slug: 'temple', name: 'Temple', notice: 'Educational content, not medical advice.' };
    await server.execute('mutation ($document: BodyAreaDocument!) { saveBodyArea(document: $document) { revision } }', { document });
    const desk = await open('publisher', 'BodyArea/temple');
    await desk.field('name').locator('textarea').fill('Temples');
    await desk.button('Publish').waitFor();
    await server.execute('mutation { patchBodyArea(by: {slug: "temple"}, operations: [{set: {name: "Temples"}}]) { revision } }');
    await desk.button('Publish').click();
    await desk.page.getByText('Somebody else has published the same change already.').waitFor();
    await server.execute('mutation { deleteBodyArea(by: {slug: "temple"}) { revision } }');
  });

  test('shows at the slug of a new document that a record has it already', async () => {
    const desk = await open('publisher', 'BodyArea/+new');
    const fill = (field, text) => desk.field(field).locator('textarea').fill(text);
    await fill('name', 'Ridge of the nose');
    await fill('notice', 'Educational content, not medical advice.');
    await fill('slug', 'face');
    await desk.field('slug').getByText('There is already a BodyArea "face".').waitFor();
    await desk.changes.getByText('One field needs your attention.').waitFor();
    assert.equal(await desk.field('slug').locator('textarea').getAttribute('aria-invalid'), 'true');
    await fill('slug', 'nose-ridge');
    await desk.changes.getByText('Body area “nose-ridge”: created').waitFor();
    assert.equal(await desk.field('slug').locator('.problem').count(), 0);
    // Another editor takes the slug after the check.
    await saveArea('nose-ridge', 'Theirs');
    await desk.button('Publish').click();
    await desk.field('slug').getByText('There is already a BodyArea "nose-ridge".').waitFor();
    await deleteArea('nose-ridge');
  });

  test('restores a document that was deleted earlier', async () => {
    await saveArea('knee-fold', 'Fold of the knee');
    const revision = await deleteArea('knee-fold');
    const desk = await open('publisher');
    const { page } = desk;
    await page.goto(`${server.url}/edit#BodyArea/nowhere`);
    await page.getByText('Its deletion was not found').waitFor();
    assert.equal(await desk.button('Restore').count(), 0);
    const refusal = { errors: [{ message: 'Too many points.', extensions: { code: 'RATE_LIMITED' } }] };
    await page.route('**/graphql', (route) =>
      route.request().postData().includes('DeskDeletions') ? route.fulfill({ json: refusal }) : route.continue(),
    );
    await page.goto(`${server.url}/edit#BodyArea/nowhere-else`);
    await page.getByText('could not look for its deletion: Too many points.').waitFor();
    assert.equal(await page.getByText('Its deletion was not found').count(), 0);
    await page.unroute('**/graphql');
    await page.goto(`${server.url}/edit#BodyArea/knee-fold`);
    await page.getByText(`It was deleted in revision ${revision}.`).waitFor();
    await desk.button('Restore').click();
    await desk.changes.getByText('Body area “knee-fold”: created').waitFor();
    await desk.button('Cancel').click();
    await page.getByRole('heading', { name: 'There is no such document' }).waitFor();
    await desk.button('Restore').click();
    await desk.button('Publish').click();
    await page.getByText('The earlier document is published again').waitFor();
    await page.getByRole('heading', { name: 'Fold of the knee', level: 1 }).waitFor();
    assert.match(await page.title(), /^Fold of the knee/);
    // It was restored in the next revision, so it can be deleted again.
    assert.equal(await deleteArea('knee-fold'), revision + 2);
  });

  test('says that another editor has deleted the document, and offers to restore it', async () => {
    await saveArea('arm-fold', 'Fold of the arm');
    const desk = await open('publisher', 'BodyArea/arm-fold');
    const revision = await deleteArea('arm-fold');
    const name = desk.field('name').locator('textarea');
    await name.fill('Folds of the arm');
    await desk.changes.getByText('Another editor has deleted this document already.').waitFor();
    await desk.changes.getByText(`It was deleted in revision ${revision}.`).waitFor();
    // Typing does not check the document again, because the search for the deletion is expensive.
    await name.fill('Folds of the arms');
    assert.equal(await desk.changes.getByText('Checking').count(), 0);
    await desk.button('Check again').click();
    await desk.changes.getByText('Checking').waitFor();
    await desk.changes.getByText(`It was deleted in revision ${revision}.`).waitFor();
    await name.fill('Fold of the arm');
    await desk.button('Delete').click();
    await desk.page.getByRole('heading', { name: 'Another editor has deleted this document already.' }).waitFor();
    await desk.button('Restore').click();
    await desk.button('Publish').click();
    await desk.page.getByText('The earlier document is published again').waitFor();
    await deleteArea('arm-fold');
  });

  test('lists the documents whose review is overdue', async () => {
    await setReview({ reviewedOn: '2025-01-15', reviewer: 'A. Reviewer', role: 'dermatologist', nextDue: '2025-07-15' });
    const { page } = await open('publisher');
    await page.getByText('Overdue reviews').click();
    await page.getByText('Procedure · microneedling · review due 2025-07-15').waitFor();
    assert.equal(await page.locator('.creation .found-list li').count(), 1);
    // An outcome is embedded in the document of its procedure.
    const review = (reviewedOn, nextDue) => ({ reviewedOn, reviewer: 'A. Reviewer', role: 'dermatologist', nextDue });
    const outcome = { key: 'microneedling--acne-scars', set: { review: review('2025-01-15', '2025-06-15') } };
    const { patchProcedure } = await server.execute(
      'mutation ($operations: [ProcedureOperation!]!) { patchProcedure(by: {slug: "microneedling"}, operations: $operations) { revision errors { message } } }',
      { operations: [{ set: { review: review('2025-01-16', '2025-07-15') } }, { entries: { outcomes: { update: outcome } } }] },
    );
    assert.deepEqual(patchProcedure.errors, []);
    const readAgain = async () => {
      await page.getByText('Overdue reviews').click();
      await page.getByText('Overdue reviews').click();
    };
    await readAgain();
    await page.getByText('Treatment outcome · microneedling--acne-scars · review due 2025-06-15').waitFor();
    const entries = page.locator('.creation .found-list li');
    assert.match((await entries.allInnerTexts()).join(), /2025-06-15[^]*2025-07-15/);
    const links = await entries.locator('a').evaluateAll((all) => all.map((one) => one.getAttribute('href')));
    assert.deepEqual(links, ['#Procedure/microneedling', '#Procedure/microneedling']);
    // A list that is too long for the page.
    await page.route('**/graphql', async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, body: (await response.text()).replace('"totalCount":1', '"totalCount":8') });
    });
    await readAgain();
    await page.getByText('and 7 more').waitFor();
    await page.unroute('**/graphql');
    await server.execute('mutation { restoreProcedure(by: {slug: "microneedling"}, revision: 1) { revision } }');
    await page.getByText('Overdue reviews').click();
    await page.getByText('Overdue reviews').click();
    await page.getByText('No review is overdue.').waitFor();
  });

  test('warns that a restored document does not get a former slug back', async () => {
    await saveArea('elbow', 'Old elbow');
    await server.execute('mutation { renameBodyArea(by: {slug: "elbow"}, to: "cubit") { revision } }');
    await deleteArea('cubit');
    await saveArea('elbow', 'New elbow');
    const warning = 'Warning: "elbow" leads to another BodyArea now, so it does not become a former slug again.';
    const desk = await open('publisher');
    await desk.page.goto(`${server.url}/edit#BodyArea/cubit`);
    await desk.button('Restore').click();
    await desk.changes.getByText(warning).waitFor();
    await desk.button('Publish').click();
    await desk.page.getByRole('status').getByText(warning).waitFor();
    await desk.page.getByRole('heading', { name: 'Old elbow', level: 1 }).waitFor();
    await deleteArea('cubit');
    await deleteArea('elbow');
  });

  test('warns before and after publishing that a change removes the review', async () => {
    await setReview({ reviewedOn: '2025-01-15', reviewer: 'A. Reviewer', role: 'dermatologist' });
    const desk = await open('publisher', PROCEDURE);
    await (await desk.entry('aftercare', LINE, 'text')).fill('Use a moisturiser.');
    await desk.changes.getByText(OUTDATED).waitFor();
    assert.match((await desk.differences()).join('\n'), /Review[^]*A\. Reviewer/);
    await desk.button('Publish').click();
    await desk.page.getByRole('status').getByText(OUTDATED).waitFor();
    assert.equal(await reviewed(), null);
    await server.execute('mutation { restoreProcedure(by: {slug: "microneedling"}, revision: 1) { revision } }');
  });

  test('takes no review for a new one of which only the next date is changed', async () => {
    const review = { reviewedOn: '2025-01-15', reviewer: 'A. Reviewer', role: 'dermatologist', nextDue: '2027-01-15' };
    await setReview(review);
    const desk = await open('publisher', PROCEDURE);
    const due = desk.field('review').locator('[data-field="nextDue"] textarea');
    await due.fill('2028-01-15');
    assert.match((await desk.differences()).join('\n'), /Review › Next due/);
    assert.equal(await desk.changes.getByText('Warning').count(), 0);
    await desk.button('Publish').click();
    await desk.page.getByText('Published as revision').waitFor();
    assert.deepEqual(await reviewed(), { ...review, nextDue: '2028-01-15' });

    // A patch empties the members that the editor has emptied.
    await due.fill('');
    assert.match((await desk.differences()).join('\n'), /Review › Next due[^]*nothing/);
    await (await desk.entry('aftercare', LINE, 'text')).fill('Use a moisturiser.');
    await desk.changes.getByText(OUTDATED).waitFor();
    await desk.button('Publish').click();
    await desk.page.getByRole('status').getByText(OUTDATED).waitFor();
    assert.equal(await reviewed(), null);
    await server.execute('mutation { restoreProcedure(by: {slug: "microneedling"}, revision: 1) { revision } }');
  });

  test('says what refers to a record that cannot be deleted', async () => {
    const desk = await open('publisher', 'BodyArea/face');
    await desk.button('Delete').click();
    await desk.changes.locator('.problem').first().waitFor();
    assert.match(await desk.changes.innerText(), /[a-z-]+.*refer/);
    assert.equal(await desk.button('Delete').count(), 0);
    await desk.button('Cancel').click();
    await desk.page.locator('.form').waitFor();
  });

  test('finds every record of a long list, page by page', async () => {
    const { page } = await open('publisher');
    await page.getByLabel('Type').selectOption('Source');
    const entries = page.locator('.found-list a');
    for (const count of [50, 100, 150]) {
      await page.getByText(new RegExp(`^${count} of \\d{3}$`)).waitFor();
      assert.equal(await entries.count(), count);
      await page.getByRole('button', { name: 'Show more' }).click();
    }
    await page.waitForFunction(() => document.activeElement === document.querySelectorAll('.found-list a')[150]);
    const addresses = await entries.evaluateAll((links) => links.map((link) => link.href));
    assert.equal(new Set(addresses).size, addresses.length);
  });

  test('shows what is wrong at its field, and publishes nothing until it is right', async () => {
    const desk = await open('publisher', PROCEDURE);
    const line = await desk.entry('aftercare', LINE, 'text');
    await line.fill(' ');
    await desk.changes.getByText('One field needs your attention.').waitFor();
    const section = desk.field('aftercare').locator('[data-field="text"]').first();
    await section.getByText('The text is empty').waitFor();
    assert.equal(await line.getAttribute('aria-invalid'), 'true');
    assert.equal(await desk.button('Publish').count(), 0);
    await line.fill(LINE);
    await desk.changes.getByText('Nothing is changed yet.').waitFor();
    assert.equal(await section.getByText('The text is empty').count(), 0);
    assert.equal(await line.getAttribute('aria-invalid'), null);
  });

  test('requires the fields of a new entry before the service can check it', async () => {
    const desk = await open('publisher', PROCEDURE);
    await desk.page.getByRole('button', { name: 'Add an entry to Contraindications' }).click();
    await desk.changes.getByText('your attention').waitFor();
    const added = desk.field('contraindications').locator('[data-entry]').last();
    await added.getByText('Choose a value.').first().waitFor();
    await added
      .getByRole('button', { name: /^Remove/ })
      .last()
      .click();
    await desk.changes.getByText('Nothing is changed yet.').waitFor();
  });

  test('moves, adds and removes entries of a list', async () => {
    const desk = await open('publisher', PROCEDURE);
    const field = desk.field('aftercare');
    await field.getByRole('button', { name: 'Move up: entry of Aftercare 2' }).click();
    await desk.differences();
    assert.match(await field.locator('summary').first().innerText(), /moisturiser/);
    await field.getByRole('button', { name: 'Move down: entry of Aftercare 1' }).click();
    await desk.changes.getByText('Nothing is changed yet.').waitFor();
    await field.getByRole('button', { name: 'Add an entry to Aftercare' }).click();
    await field.locator('[data-field="text"] textarea').last().fill('Drink water.');
    const differences = await desk.differences();
    assert.equal(differences.length, 1, differences.join('\n'));
    assert.match(differences[0], /Drink water\./);
  });

  test('chooses a record for a reference by a search', async () => {
    const desk = await open('publisher', PROCEDURE);
    await desk.page.getByRole('button', { name: 'Add to Sources' }).first().click();
    const search = desk.page.getByLabel('Sources: search');
    await search.fill('pre-treatment information');
    await desk.page.getByRole('button', { name: /chelwest-microneedling-before/ }).click();
    const differences = await desk.differences();
    assert.match(differences.join('\n'), /Sources › \d+[^]*chelwest-microneedling-before/);
  });

  test('says that the key of an editor may not publish', async () => {
    const desk = await open('editor', PROCEDURE);
    await desk.page.getByText('Your key has the role editor').waitFor();
    await (await desk.entry('aftercare', LINE, 'text')).fill('Use a moisturiser.');
    assert.match((await desk.differences())[0], /Use a moisturiser\./);
    await desk.changes.getByText('it can check changes, but not publish them').waitFor();
    assert.equal(await desk.button('Publish').count(), 0);
  });

  test('publishes in addition to the changes that another editor has made to other fields', async () => {
    const before = await care(server);
    const desk = await open('publisher', PROCEDURE);
    await (await desk.entry('aftercare', LINE, 'text')).fill('Yours.');
    await desk.differences();
    await setCare({ description: 'Theirs, and elsewhere.' });
    await desk.button('Publish').click();
    await desk.page.getByText('Published as revision').waitFor();
    assert.equal(await desk.field('description').locator('textarea').inputValue(), 'Theirs, and elsewhere.');
    assert.equal((await care(server))[1], 'Yours.');
    await server.execute('mutation { restoreProcedure(by: {slug: "microneedling"}, revision: 1) { revision } }');
    assert.deepEqual(await care(server), before);
  });

  test('shows what another editor has published of the same field, and publishes the chosen value', async () => {
    const before = await care(server);
    const desk = await open('publisher', PROCEDURE);
    await (await desk.entry('aftercare', LINE, 'text')).fill('Yours.');
    await desk.differences();
    await setCare({ description: 'Theirs, and elsewhere.', aftercare: [{ text: 'Theirs.' }] });
    await desk.button('Publish').click();
    await desk.page.getByText('Choose which to keep.').waitFor();
    await desk.page.getByRole('heading', { name: 'Description: changed by the other editor' }).waitFor();
    assert.deepEqual(await care(server), ['Theirs.']);
    await desk.page.getByLabel('Yours', { exact: true }).check();
    await desk.button('Continue with these').click();
    assert.match((await desk.differences()).join('\n'), /Yours\./);
    await desk.button('Publish').click();
    await desk.page.getByText('Published as revision').waitFor();
    // They have removed the line that you have changed, and the other lines.
    assert.deepEqual(await care(server), ['Yours.', 'Theirs.']);
    assert.equal(await desk.field('description').locator('textarea').inputValue(), 'Theirs, and elsewhere.');
    await server.execute('mutation { restoreProcedure(by: {slug: "microneedling"}, revision: 1) { revision } }');
    assert.deepEqual(await care(server), before);
  });

  test('publishes the changes that two editors have made to different lines of one list', async () => {
    const before = await care(server);
    const [yours, theirs] = await openTwice();
    await (await theirs.entry('aftercare', before[0], 'text')).fill('Theirs.');
    await (await yours.entry('aftercare', LINE, 'text')).fill('Yours.');
    await yours.differences();
    await theirs.button('Publish').click();
    await theirs.page.getByText('Published as revision').waitFor();
    await yours.button('Publish').click();
    await yours.page.getByText('Published as revision').waitFor();
    assert.deepEqual(await care(server), ['Theirs.', 'Yours.', ...before.slice(2)]);
    await yours.field('aftercare').locator('summary', { hasText: 'Theirs.' }).waitFor();
    await server.execute('mutation { restoreProcedure(by: {slug: "microneedling"}, revision: 1) { revision } }');
  });

  test('lets the editor choose a line that two editors have changed, and leaves their other lines', async () => {
    const before = await care(server);
    const [yours, theirs] = await openTwice();
    await (await theirs.entry('aftercare', before[0], 'text')).fill('Theirs, and elsewhere.');
    await (await theirs.entry('aftercare', LINE, 'text')).fill('Theirs.');
    await (await yours.entry('aftercare', LINE, 'text')).fill('Yours.');
    await (await yours.entry('aftercare', before[2], 'text')).fill('Yours, and elsewhere.');
    await yours.differences();
    await theirs.button('Publish').click();
    await theirs.page.getByText('Published as revision').waitFor();
    await yours.button('Publish').click();
    await yours.changes.getByRole('heading', { name: 'Aftercare › 1: changed by the other editor' }).waitFor();
    await yours.changes.getByRole('heading', { name: 'Aftercare › 2 › Text: changed by both' }).waitFor();
    const [conflict, ...others] = await yours.changes.locator('fieldset').allInnerTexts();
    for (const text of [LINE, 'Theirs.', 'Yours.']) assert.ok(conflict.includes(text), conflict);
    assert.deepEqual(others, []);
    await yours.page.getByLabel('Yours', { exact: true }).check();
    await yours.button('Continue with these').click();
    await yours.differences();
    await yours.button('Publish').click();
    await yours.page.getByText('Published as revision').waitFor();
    assert.deepEqual(await care(server), ['Theirs, and elsewhere.', 'Yours.', 'Yours, and elsewhere.', ...before.slice(3)]);
    await server.execute('mutation { restoreProcedure(by: {slug: "microneedling"}, revision: 1) { revision } }');
    assert.deepEqual(await care(server), before);
  });

  test('shows hostile texts as texts', async () => {
    const desk = await open('publisher', PROCEDURE);
    await (await desk.entry('aftercare', LINE, 'text')).fill(HOSTILE);
    assert.match((await desk.differences())[0], /<img src="x"/);
    await desk.button('Publish').click();
    await desk.page.getByText('Published as revision').waitFor();
    await desk.field('aftercare').locator('summary', { hasText: '<img src="x"' }).waitFor();
    await desk.page.getByText('History').click();
    await desk.button('Revert').click();
    await desk.differences();
    await desk.button('Publish').click();
    await desk.page.getByText('The earlier document').waitFor();
    assert.deepEqual(await desk.page.evaluate(() => [globalThis.isBroken, document.querySelectorAll('#desk img').length]), [undefined, 0]);
  });

  test('lists a change of an outcome in the history of its procedure', async () => {
    const update = '{key: "microneedling--acne-scars", set: {expectedEffect: "Fewer scars."}}';
    await server.execute(`mutation { patchProcedure(by: {slug: "microneedling"}, operations: [{entries: {outcomes: {update: ${update}}}}]) { revision } }`);
    const desk = await open('publisher', PROCEDURE);
    await desk.page.getByText('History').click();
    const version = desk.page.locator('.versions > li').first();
    await version.getByText('Treatment outcome microneedling--acne-scars: Expected effect').waitFor();
    assert.match(await version.textContent(), /as it is now/);
    await desk.page.locator('.versions > li').nth(1).getByRole('button', { name: /^Restore/ }).click();
    assert.match((await desk.differences())[0], /Expected effect/);
    await desk.button('Publish').click();
    await desk.page.getByText('The earlier document').waitFor();
  });

  test('stores the key in the page, and in the tab only on request', async () => {
    const desk = await open('publisher');
    const { page } = desk;
    const stored = () => page.evaluate(() => [document.cookie, { ...localStorage }, Object.values(sessionStorage), location.href].flat());
    assert.ok((await stored()).every((one) => !String(one).includes(server.keys.publisher)));
    await page.reload();
    await page.getByLabel('Your key').fill(server.keys.publisher);
    await page.getByLabel('Keep the key until I close this tab').check();
    await desk.button('Sign in').click();
    await desk.button('Sign out').waitFor();
    await page.reload();
    await desk.button('Sign out').click();
    await page.getByLabel('Your key').waitFor();
    assert.equal(await page.evaluate(() => sessionStorage.length), 0);
    assert.deepEqual(await page.context().cookies(), []);
  });

  test('sends the key to its own endpoint only', async () => {
    const context = await enter();
    const sent = new Set();
    context.on('request', (request) => request.headers().authorization && sent.add(request.url()));
    const desk = await DeskPage.open(context, server.url, server.keys.publisher, PROCEDURE);
    await desk.page.getByText('History').click();
    await desk.page.locator('.versions li').first().waitFor();
    assert.deepEqual([...sent], [`${server.url}/graphql`]);
  });

  test('refuses a key that is not valid or may only read', async () => {
    expected.push('401');
    const page = await (await enter()).newPage();
    await page.goto(`${server.url}/edit`);
    await page.getByLabel('Your key').fill('dg_wrong');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('alert').getByText('This key is not valid').waitFor();
    expected.push('403');
    await page.getByLabel('Your key').fill(server.keys.reader);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('alert').getByText('This requires the role editor; yours is reader.').waitFor();
  });

  test('can be used by keyboard alone', async () => {
    const before = await care(server);
    const { page } = new DeskPage(await (await enter()).newPage());
    const { keyboard } = page;
    const focused = () =>
      page.evaluate(() => document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent.trim());
    const tabTo = async (name) => {
      for (let tab = 0; tab < MAX_TABS; tab += 1) {
        await keyboard.press('Tab');
        if ((await focused()) === name) return;
      }
      assert.fail(`no tab stop "${name}"`);
    };
    await page.goto(`${server.url}/edit`);
    await page.getByLabel('Your key').focus();
    await keyboard.type(server.keys.publisher);
    await keyboard.press('Enter');
    await page.getByLabel('Words of the document').waitFor();
    await keyboard.press('Tab');
    await keyboard.type('microneedling');
    await page.getByRole('link', { name: 'Microneedling', exact: true }).waitFor();
    await tabTo('Microneedling');
    await keyboard.press('Enter');
    await page.locator('.form').waitFor();
    await tabTo('Aftercare');
    await keyboard.press('Enter');
    await tabTo(LINE);
    await keyboard.press('Enter');
    // The form of the entry is made when it opens, and other fields have the same label.
    await page.locator('[data-field="aftercare"] [data-field="text"] textarea').first().waitFor();
    await tabTo('Text');
    await keyboard.press('ControlOrMeta+a');
    await keyboard.type('Typed.');
    await page.getByRole('button', { name: 'Publish', exact: true }).waitFor();
    await tabTo('Publish');
    await keyboard.press('Enter');
    await page.getByText('Published as revision').waitFor();
    assert.equal((await care(server))[1], 'Typed.');
    await tabTo('Revert');
    await keyboard.press('Enter');
    await page.getByRole('button', { name: 'Publish', exact: true }).waitFor();
    await tabTo('Publish');
    await keyboard.press('Enter');
    await page.getByText('The earlier document').waitFor();
    assert.deepEqual(await care(server), before);
  });

  for (const colorScheme of ['light', 'dark']) {
    for (const width of [1300, 390]) {
      test(`fits and passes axe, in ${colorScheme} colours at ${width} pixels`, async () => {
        const context = await enter({ colorScheme, viewport: { width, height: 844 } });
        const desk = new DeskPage(await context.newPage());
        const { page } = desk;
        const check = async (what) => {
          assert.deepEqual(await violations(page), [], what);
          assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width, what);
        };
        await page.goto(`${server.url}/edit`);
        await page.getByLabel('Your key').fill(server.keys.publisher);
        await check('signing in');
        await desk.button('Sign in').click();
        await page.getByLabel('Words of the document').fill('laser');
        await page.locator('.found-list a').first().waitFor();
        await check('finding');
        await page.goto(`${server.url}/edit#${PROCEDURE}`);
        await page.locator('.form').waitFor();
        const line = await desk.entry('aftercare', LINE, 'text');
        await line.fill(' ');
        await desk.changes.getByText('your attention').waitFor();
        await page.locator('.form > .more-fields > summary').click();
        await page.getByRole('button', { name: 'Add to Sources' }).first().click();
        await page.locator('.panel .result').first().waitFor();
        await page.getByText('History').click();
        await check('an error, a search and the history');
        await line.fill('Use a moisturiser.');
        await desk.differences();
        await check('a difference');
        if ((width === 390) === (colorScheme === 'dark')) return;
        await page.goto(`${server.url}/edit#Device/+new`);
        await desk.field('name').locator('textarea').fill('Something');
        await desk.changes.getByText('your attention').waitFor();
        await check('a new document');
        await page.goto(`${server.url}/edit#Synonym`);
        await page.getByLabel('Type').selectOption('Synonym');
        // The first list has the drafts of this page.
        await page.locator('.found-list').last().locator('a').first().click();
        await desk.button('Delete').click();
        await desk.changes.getByLabel('To confirm').waitFor();
        await check('a deletion');
      });
    }
  }
});
