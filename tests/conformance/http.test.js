import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { serverAudits } from 'graphql-http';
import { start } from './server.js';

describe('GraphQL over HTTP', () => {
  let server;

  before(async () => {
    server = await start();
  });
  after(() => server?.stop());

  for (const audit of serverAudits({ url: () => server.url })) {
    test(`${audit.name} (${audit.id})`, async () => {
      const result = await audit.fn();
      assert.equal(result.status, 'ok', result.reason);
    });
  }

  test('runs ten operations at a time, responds in their order, and refuses eleven', async () => {
    const batch = async (count) => {
      const question = (first) => ({ query: `{ sources(first: ${first}) { nodes { id } } }` });
      const operations = Array.from({ length: count }, (_, index) => question(index));
      const headers = { 'content-type': 'application/json', accept: 'application/json' };
      const response = await fetch(server.url, { method: 'POST', headers, body: JSON.stringify(operations) });
      return { status: response.status, body: await response.json() };
    };
    const ten = await batch(10);
    assert.equal(ten.status, 200);
    assert.deepEqual(ten.body.map(({ data }) => data.sources.nodes.length), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    const eleven = await batch(11);
    assert.ok(eleven.status >= 400 && eleven.status < 500, `status ${eleven.status}`);
    assert.ok(eleven.body.errors[0].extensions.code);
  });
});
