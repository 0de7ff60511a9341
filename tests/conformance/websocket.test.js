import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { all, start } from './server.js';

const REVISION = 'subscription { library { revision } }';

describe('graphql-ws', () => {
  let server;
  let client;

  before(async () => {
    server = await start();
    client = createClient({ url: server.ws, webSocketImpl: WebSocket, retryAttempts: 0, lazyCloseTimeout: 0 });
  });
  after(async () => {
    await client?.dispose();
    await server?.stop();
  });

  test('runs a query', async () => {
    const query = 'query Name($slug: String!) { procedure(by: { slug: $slug }) { name } }';
    const responses = await all(client.iterate({ query, variables: { slug: 'microneedling' } }));
    assert.deepEqual(responses, [{ data: { procedure: { name: 'Microneedling' } } }]);
  });

  test('selects the operation by its name', async () => {
    const query = 'query A { library { revision } } query B { procedures { totalCount } }';
    const [{ data }] = await all(client.iterate({ query, operationName: 'B' }));
    assert.deepEqual(Object.keys(data), ['procedures']);
  });

  test('sends the current revision at once, and again at each publication', async () => {
    const revisions = client.iterate({ query: REVISION });
    const next = async () => (await revisions.next()).value.data.library.revision;
    const served = await next();
    await server.publish();
    assert.equal(await next(), served + 1);
    await server.publish();
    assert.equal(await next(), served + 2);
    assert.deepEqual(await revisions.return(), { done: true, value: undefined });
  });

  test('sends a failed field with its error, and refuses a document that does not match the schema', async () => {
    const [{ data, errors }] = await all(client.iterate({ query: '{ procedures(first: -1) { totalCount } }' }));
    assert.equal(data.procedures, null);
    assert.equal(errors[0].extensions.code, 'BAD_PAGE');
    await assert.rejects(all(client.iterate({ query: '{ nonsense }' })), ([problem]) => {
      assert.equal(problem.extensions.code, 'VALIDATION');
      return true;
    });
  });
});
