import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createClient } from 'graphql-sse';
import { all, start } from './server.js';

describe('graphql-sse', () => {
  let server;
  let client;

  before(async () => {
    server = await start();
    client = createClient({ url: server.url, retryAttempts: 0 });
  });
  after(async () => {
    client?.dispose();
    await server?.stop();
  });

  test('runs a query', async () => {
    const query = 'query Name($slug: String!) { procedure(by: { slug: $slug }) { name } }';
    const responses = await all(client.iterate({ query, variables: { slug: 'microneedling' } }));
    assert.deepEqual(responses, [{ data: { procedure: { name: 'Microneedling' } } }]);
  });

  test('sends the current revision at once, and again at each publication', async () => {
    const revisions = client.iterate({ query: 'subscription { library { revision } }' });
    const next = async () => (await revisions.next()).value.data.library.revision;
    const served = await next();
    await server.publish();
    assert.equal(await next(), served + 1);
    await server.publish();
    assert.equal(await next(), served + 2);
    await revisions.return();
  });

  test('sends a failed field with its error', async () => {
    const query = '{ procedures(first: -1) { totalCount } }';
    const [{ data, errors }] = await all(client.iterate({ query }));
    assert.equal(data.procedures, null);
    assert.equal(errors[0].extensions.code, 'BAD_PAGE');
  });

  test('writes events that any parser of event streams accepts', async () => {
    const response = await fetch(server.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
      body: JSON.stringify({ query: '{ procedures(first: 0) { nodes { name } } }' }),
    });
    assert.equal(response.status, 200);
    assert.match(response.headers.get('content-type'), /^text\/event-stream\b/);
    const events = (await response.text()).split(/\r?\n\r?\n/).filter((event) => event.includes('event:'));
    const field = (line) => line.split(/: ?(.*)/s).slice(0, 2);
    const fields = events.map((event) => Object.fromEntries(event.split(/\r?\n/).map(field)));
    assert.deepEqual(fields.map(({ event }) => event), ['next', 'complete']);
    assert.deepEqual(JSON.parse(fields[0].data), { data: { procedures: { nodes: [] } } });
  });
});
