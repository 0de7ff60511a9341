import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { ApolloClient, CombinedGraphQLErrors, HttpLink, InMemoryCache, gql } from '@apollo/client';
import { BatchHttpLink } from '@apollo/client/link/batch-http';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { relayStylePagination } from '@apollo/client/utilities';
import { recording, sha256 } from './record.js';
import { start } from './server.js';

const PROCEDURES = gql`
  query Procedures($first: Int!, $after: String) {
    procedures(first: $first, after: $after, orderBy: [{ name: ASC }]) {
      totalCount
      edges {
        cursor
        node {
          id
          name
        }
      }
      pageInfo {
        hasNextPage
        hasPreviousPage
        startCursor
        endCursor
      }
    }
  }
`;

describe('Apollo Client', () => {
  let server;
  let wire;

  before(async () => {
    server = await start();
  });
  after(() => server?.stop());
  beforeEach(() => {
    wire = recording();
  });

  function client(link) {
    const cache = new InMemoryCache({
      typePolicies: { Query: { fields: { procedures: relayStylePagination(['orderBy', 'where']) } } },
    });
    return new ApolloClient({ cache, link });
  }
  const http = () => new HttpLink({ uri: server.url, fetch: wire.fetch });
  const sent = () => wire.calls.length;

  test('merges pages into one list, and reads from its cache', async () => {
    const apollo = client(http());
    const { data: first } = await apollo.query({ query: PROCEDURES, variables: { first: 5 } });
    const query = apollo.watchQuery({ query: PROCEDURES, variables: { first: 5 } });
    const watch = query.subscribe({});
    const { data: second } = await query.fetchMore({ variables: { after: first.procedures.pageInfo.endCursor } });
    const { procedures: merged } = apollo.readQuery({ query: PROCEDURES, variables: { first: 5 } });
    watch.unsubscribe();

    const names = (list) => list.edges.map(({ node }) => node.name);
    assert.deepEqual(names(merged), [...names(first.procedures), ...names(second.procedures)]);
    assert.equal(new Set(names(merged)).size, 10);
    assert.deepEqual(names(merged), names(merged).toSorted());
    assert.equal(sent(), 2);
    await apollo.query({ query: PROCEDURES, variables: { first: 5 } });
    assert.equal(sent(), 2);
  });

  test('stores one entry for a record that is reached by two paths', async () => {
    const apollo = client(http());
    const outcome = gql`
      {
        treatmentOutcomes(first: 1) {
          nodes {
            id
            procedure {
              id
              name
            }
          }
        }
      }
    `;
    const { data } = await apollo.query({ query: outcome });
    const { id, name } = data.treatmentOutcomes.nodes[0].procedure;
    const fragment = gql`
      fragment Stored on Procedure {
        id
        name
        description
      }
    `;
    const node = gql`
      query Node($id: ID!) {
        node(id: $id) {
          id
          ... on Procedure {
            description
          }
        }
      }
    `;
    await apollo.query({ query: node, variables: { id } });
    const stored = apollo.readFragment({ id: apollo.cache.identify({ __typename: 'Procedure', id }), fragment });
    assert.equal(stored.name, name);
    assert.ok(stored.description.length > 0);
  });

  test('registers a persisted query once, and then requests it by GET with its hash alone', async () => {
    // A document that no other test runs, because the service finds documents that were run by their hash.
    const document = gql(PROCEDURES.loc.source.body.replace('query Procedures', 'query Persisted'));
    const persisted = () => client(new PersistedQueryLink({ sha256, useGETForHashedQueries: true }).concat(http()));
    const { data } = await persisted().query({ query: document, variables: { first: 2 } });
    assert.equal(data.procedures.edges.length, 2);
    const [miss, registration] = wire.calls;
    assert.equal(sent(), 2);
    assert.equal(miss.method, 'GET');
    assert.equal(miss.url.searchParams.has('query'), false);
    assert.equal(miss.result.errors[0].message, 'PersistedQueryNotFound');
    assert.equal(miss.result.errors[0].extensions.code, 'PERSISTED_QUERY_NOT_FOUND');
    assert.match(registration.body?.query ?? registration.url.searchParams.get('query'), /query Persisted/);

    await persisted().query({ query: document, variables: { first: 3 } });
    const hit = wire.calls[2];
    assert.equal(sent(), 3);
    assert.equal(hit.method, 'GET');
    assert.equal(hit.url.searchParams.has('query'), false);
    assert.equal(hit.result.data.procedures.edges.length, 3);
  });

  test('sends ten operations as one request, and each gets its response', async () => {
    const apollo = client(new BatchHttpLink({ uri: server.url, fetch: wire.fetch, batchMax: 10, batchInterval: 5 }));
    const sizes = Array.from({ length: 10 }, (_, index) => index + 1);
    const query = gql`
      query Batched($first: Int!) {
        conditions(first: $first) {
          nodes {
            id
          }
        }
      }
    `;
    const responses = await Promise.all(sizes.map((first) => apollo.query({ query, variables: { first } })));
    assert.deepEqual(responses.map(({ data }) => data.conditions.nodes.length), sizes);
    assert.equal(sent(), 1);
    assert.equal(wire.calls[0].body.length, 10);
    assert.equal(wire.calls[0].result.length, 10);
  });

  test('reports the message and the code of an error', async () => {
    const { error, data } = await client(http()).query({
      query: PROCEDURES,
      variables: { first: 1000 },
      errorPolicy: 'all',
    });
    assert.ok(CombinedGraphQLErrors.is(error), String(error));
    assert.equal(error.errors[0].extensions.code, 'BAD_PAGE');
    assert.deepEqual(error.errors[0].path, ['procedures']);
    assert.equal(data.procedures, null);

    const nonsense = gql`
      {
        nonsense
      }
    `;
    const refused = await client(http()).query({ query: nonsense, errorPolicy: 'all' });
    assert.ok(CombinedGraphQLErrors.is(refused.error), String(refused.error));
    assert.equal(refused.error.errors[0].extensions.code, 'VALIDATION');
  });
});
