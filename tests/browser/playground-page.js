import assert from 'node:assert/strict';

const RETRY_MS = 1500;
const GIVE_UP_MS = 30_000;

/** The page of the playground, with a method for each action of a user. */
export class PlaygroundPage {
  constructor(page) {
    this.page = page;
    this.editor = page.locator('.graphiql-query-editor .monaco-editor').first();
    this.output = page.locator('.result-window .view-lines');
    this.tabs = page.getByRole('tab');
  }

  static async open(context, address) {
    const page = await context.newPage();
    const schema = page.waitForResponse(
      (response) => response.request().method() === 'POST' && response.request().postData()?.includes('IntrospectionQuery'),
    );
    await page.goto(address);
    assert.equal(
      await page.title(),
      'Dermagraph playground',
      'This build serves its small page: it was made without npm, so there is no GraphiQL to test.',
    );
    const playground = new PlaygroundPage(page);
    await playground.editor.waitFor();
    await (await schema).finished();
    return playground;
  }

  button(name) {
    return this.page.getByRole('button', { name, exact: true });
  }

  /** Opens an empty tab and types a query. */
  async type(query) {
    await this.button('New tab').click();
    await this.editor.click();
    await this.page.keyboard.type(query);
  }

  async run() {
    await this.page.keyboard.press('Control+Enter');
    await this.response();
  }

  /** Waits for a response with data and returns it as text. */
  async response() {
    await this.output.getByText('"data"').first().waitFor();
    return plain(await this.output.textContent());
  }

  /** Waits until the editor shows a query with this text; Monaco renders it with a delay. */
  async shows(text) {
    await this.editor.locator('.view-lines', { hasText: text }).waitFor();
  }

  async stored(key) {
    return this.page.evaluate((name) => localStorage.getItem(`graphiql:${name}`), key);
  }

  /** Waits until the open tabs are in the storage of the browser; GraphiQL writes them with a delay. */
  async tabsStored() {
    await this.page.waitForFunction(() => {
      const { tabs } = JSON.parse(localStorage.getItem('graphiql:tabState') ?? '{"tabs":[]}');
      const shown = [...document.querySelectorAll('.graphiql-tab-button')].map((tab) => tab.textContent);
      return JSON.stringify(tabs.map((tab) => tab.title)) === JSON.stringify(shown);
    });
  }
}

/** Replaces the no-break spaces that Monaco renders for spaces. */
export function plain(text) {
  return text.replaceAll('\u00a0', ' ');
}

/** Waits for `shown`; on a timeout, calls `again` and waits again. */
export async function persist(shown, again) {
  const end = Date.now() + GIVE_UP_MS;
  for (;;) {
    try {
      await shown.first().waitFor({ timeout: RETRY_MS });
      return;
    } catch (problem) {
      if (Date.now() > end) throw problem;
      await again();
    }
  }
}
