import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { start } from './server.js';
import { dial, join, PROTOCOL } from './socket.js';

const QUERY = '{ library { revision } }';
const REVISIONS = 'subscription { library { revision } }';

describe('the protocol graphql-transport-ws', () => {
  let server;

  before(async () => {
    server = await start('--socket-init-timeout', '1');
  });
  after(() => server?.stop());

  const subscribe = (id, query) => ({ type: 'subscribe', id, payload: { query } });
  const closes = async (socket, code) => assert.deepEqual(await socket.next(), { closed: code });

  test('accepts clients that offer it', async () => {
    const socket = await dial(server.ws, ['graphql-ws', PROTOCOL]);
    assert.equal(socket.protocol, PROTOCOL);
    socket.send({ type: 'connection_init', payload: { token: 'anything' } });
    assert.equal((await socket.next()).type, 'connection_ack');
    socket.close();
  });

  const others = [
    ['no protocol', []],
    ['the older protocol', ['graphql-ws']],
  ];
  for (const [offer, protocols] of others) {
    test(`refuses clients that offer ${offer}, by status or with 4406`, async () => {
      (await dial(server.ws)).close();
      const outcome = await dial(server.ws, protocols).then((socket) => socket.next(), (problem) => problem);
      if (outcome instanceof Error) assert.match(outcome.message, /refused the socket with 4\d\d|sent no subprotocol/);
      else assert.deepEqual(outcome, { closed: 4406 });
    });
  }

  test('refuses web pages of other origins with 403, and accepts its own', async () => {
    await assert.rejects(dial(server.ws, [PROTOCOL], { origin: 'https://elsewhere.example' }), { status: 403 });
    await assert.rejects(dial(server.ws, [PROTOCOL], { origin: 'null' }), { status: 403 });
    (await join(server.ws, { origin: server.origin })).close();
  });

  test('responds to a query with next and complete', async () => {
    const socket = await join(server.ws);
    socket.send(subscribe('one', QUERY));
    const response = await socket.next();
    assert.deepEqual([response.type, response.id], ['next', 'one']);
    assert.ok(response.payload.data.library.revision >= 1);
    assert.deepEqual(await socket.next(), { type: 'complete', id: 'one' });
    socket.send(subscribe('one', QUERY));
    assert.equal((await socket.next()).type, 'next');
    socket.close();
  });

  const wrong = [
    ['does not parse', '{ library {', 'SYNTAX'],
    ['does not match the schema', '{ nonsense }', 'VALIDATION'],
  ];
  for (const [what, query, code] of wrong) {
    test(`responds to a document that ${what} with error, and stays open`, async () => {
      const socket = await join(server.ws);
      socket.send(subscribe('one', query));
      const { type, id, payload } = await socket.next();
      assert.deepEqual([type, id], ['error', 'one']);
      assert.equal(payload[0].extensions.code, code);
      assert.equal(typeof payload[0].message, 'string');
      socket.send(subscribe('one', QUERY));
      assert.equal((await socket.next()).type, 'next');
      socket.close();
    });
  }

  test('replies to a ping with a pong and its payload, before and after the acknowledgement', async () => {
    const socket = await dial(server.ws);
    const pinged = async (payload) => {
      socket.send({ type: 'ping', payload });
      assert.deepEqual(await socket.next(), { type: 'pong', payload });
    };
    await pinged({ at: 1 });
    socket.send({ type: 'connection_init' });
    assert.equal((await socket.next()).type, 'connection_ack');
    await pinged({ at: 2 });
    socket.send({ type: 'pong', payload: { unsolicited: true } });
    socket.send({ type: 'ping' });
    assert.equal((await socket.next()).type, 'pong');
    socket.close();
  });

  test('runs several subscriptions at once, and stops the one that the client completes', async () => {
    const socket = await join(server.ws);
    socket.send(subscribe('stopped', REVISIONS));
    socket.send(subscribe('running', REVISIONS));
    const first = [await socket.next(), await socket.next()];
    assert.deepEqual(first.map(({ id }) => id).toSorted(), ['running', 'stopped']);
    socket.send({ type: 'complete', id: 'stopped' });
    socket.send({ type: 'ping' });
    assert.equal((await socket.next()).type, 'pong');
    await server.publish();
    const event = await socket.next();
    assert.deepEqual([event.type, event.id], ['next', 'running']);
    assert.equal(event.payload.data.library.revision, first[0].payload.data.library.revision + 1);
    await server.publish();
    assert.equal((await socket.next()).id, 'running');
    socket.send(subscribe('stopped', QUERY));
    assert.deepEqual((await socket.next()).id, 'stopped');
    socket.close();
  });

  test('ignores the completion of an unknown operation', async () => {
    const socket = await join(server.ws);
    socket.send({ type: 'complete', id: 'never-there' });
    socket.send({ type: 'ping' });
    assert.equal((await socket.next()).type, 'pong');
    socket.close();
  });

  const unreadable = {
    'text that is not JSON': 'nonsense',
    'JSON that is not an object': '[]',
    'a message without a type': '{}',
    'an unknown type': '{"type":"start"}',
    'a message of the server': '{"type":"connection_ack"}',
    'subscribe without an id': `{"type":"subscribe","payload":{"query":"${QUERY}"}}`,
    'subscribe with an empty id': `{"type":"subscribe","id":"","payload":{"query":"${QUERY}"}}`,
    'subscribe without a query': '{"type":"subscribe","id":"one","payload":{}}',
    'complete without an id': '{"type":"complete"}',
  };
  for (const [what, text] of Object.entries(unreadable)) {
    test(`closes with 4400 at ${what}`, async () => {
      const socket = await join(server.ws);
      socket.send(text);
      await closes(socket, 4400);
    });
  }

  test('closes with 4400 at a binary frame', async () => {
    const socket = await join(server.ws);
    socket.sendBytes('{"type":"ping"}');
    await closes(socket, 4400);
  });

  test('closes with 4401 at an operation before connection_init', async () => {
    const socket = await dial(server.ws);
    socket.send(subscribe('one', QUERY));
    await closes(socket, 4401);
  });

  test('closes with 4408 without connection_init', async () => {
    await closes(await dial(server.ws), 4408);
  });

  test('closes with 4409 at a second subscription with the same id', async () => {
    const socket = await join(server.ws);
    socket.send(subscribe('one', REVISIONS));
    assert.equal((await socket.next()).type, 'next');
    socket.send(subscribe('one', REVISIONS));
    await closes(socket, 4409);
  });

  test('closes with 4429 at a second connection_init', async () => {
    const socket = await join(server.ws);
    socket.send({ type: 'connection_init' });
    await closes(socket, 4429);
  });
});
