import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { BINARY, launch } from './server.js';

const run = promisify(execFile);
/** Time for a check or a publication by a debug build. */
const SLOW_MS = 60_000;

/** Starts a service with a key for each role. Resolves to the service with `keys`, and a function that runs a mutation. */
export async function deskService() {
  const server = await launch('desk');
  const create = async (role) => {
    const created = await run(BINARY, ['key', 'create', '--data-dir', server.folder, '--name', `The ${role}`, '--role', role]);
    return created.stdout.trim();
  };
  const keys = { reader: await create('reader'), editor: await create('editor'), publisher: await create('publisher') };
  const execute = async (query, variables) => {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${keys.publisher}` };
    const response = await fetch(`${server.url}/graphql`, { method: 'POST', headers, body: JSON.stringify({ query, variables }) });
    const { data, errors } = await response.json();
    if (errors) throw new Error(errors[0].message);
    return data;
  };
  return { ...server, keys, execute };
}

/** The desk, as an editor uses it. */
export class DeskPage {
  constructor(page) {
    page.setDefaultTimeout(SLOW_MS);
    this.page = page;
  }

  /** Opens the desk and signs in. `document` is the fragment of a document, such as `Procedure/microneedling`. */
  static async open(context, url, key, document = '') {
    const desk = new DeskPage(await context.newPage());
    await desk.page.goto(`${url}/edit${document && `#${document}`}`);
    await desk.page.getByLabel('Your key').fill(key);
    await desk.button('Sign in').click();
    await desk.page.getByRole('button', { name: 'Sign out' }).waitFor();
    if (document) await desk.page.locator('.form').waitFor();
    return desk;
  }

  button(name) {
    return this.page.getByRole('button', { name, exact: true });
  }

  /** The section of a field of the document. */
  field(name) {
    return this.page.locator(`.form > .fields > [data-field="${name}"]`);
  }

  /** Opens an entry of a list, which begins with this text, and returns the box with a text of it. */
  async entry(field, text, member) {
    // The text of an entry changes with its fields, so it is found by its position.
    const entries = this.field(field).locator('[data-entry]');
    const index = (await entries.allInnerTexts()).findIndex((one) => one.includes(text));
    const entry = entries.nth(index);
    await entry.locator('summary').first().click();
    return entry.locator(`[data-field="${member}"] textarea`).first();
  }

  /** The panel that shows what differs. */
  get changes() {
    return this.page.getByRole('region', { name: 'Changes' });
  }

  /** Waits until the changes are checked, and returns the differences as texts. */
  async differences() {
    await this.changes.locator('.difference').first().waitFor();
    return this.changes.locator('.difference').allInnerTexts();
  }
}
