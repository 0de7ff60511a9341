import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { Client, cacheExchange as documentCache, fetchExchange, gql } from '@urql/core';
import { cacheExchange } from '@urql/exchange-graphcache';
import { relayPagination } from '@urql/exchange-graphcache/extras';
import { persistedExchange } from '@urql/exchange-persisted';
import { recording } from './record.js';
import { introspect, start } from './server.js';

const CONDITIONS = gql`
  query Conditions($first: Int!, $after: String) {
    conditions(first: $first, after: $after, orderBy: [{ slug: ASC }]) {
      edges {
        node {
          id
          slug
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`;

describe('urql', () => {
  let server;
  let wire;

  before(async () => {
    server = await start();
  });
  after(() => server?.stop());
  beforeEach(() => {
    wire = recording();
  });

  function client(...exchanges) {
    return new Client({
      url: server.url,
      fetch: wire.fetch,
      preferGetMethod: false,
      exchanges: [...exchanges, fetchExchange],
    });
  }

  test('joins pages in its cache, which has the schema', async () => {
    const schema = await introspect(server.url, { descriptions: false });
    const urql = client(cacheExchange({ schema, resolvers: { Query: { conditions: relayPagination() } } }));
    const page = async (variables) => {
      const { data, error } = await urql.query(CONDITIONS, variables).toPromise();
      assert.equal(error?.message, undefined);
      return data.conditions;
    };
    const first = await page({ first: 3 });
    const joined = await page({ first: 3, after: first.pageInfo.endCursor });
    const slugs = joined.edges.map(({ node }) => node.slug);
    assert.equal(new Set(slugs).size, 6);
    assert.deepEqual(slugs, slugs.toSorted());
    assert.equal(wire.calls.length, 2);
    await page({ first: 3 });
    assert.equal(wire.calls.length, 2);
  });

  test('registers a persisted query once, and then requests it with its hash alone', async () => {
    const urql = client(persistedExchange({ preferGetForPersistedQueries: 'force' }));
    const count = async (first) => {
      const { data, error } = await urql.query(CONDITIONS, { first }).toPromise();
      assert.equal(error?.message, undefined);
      return data.conditions.edges.length;
    };
    assert.equal(await count(2), 2);
    assert.equal(wire.calls[0].result.errors[0].message, 'PersistedQueryNotFound');
    assert.equal(wire.calls.length, 2);

    assert.equal(await count(4), 4);
    const hit = wire.calls[2];
    assert.equal(wire.calls.length, 3);
    assert.equal(hit.method, 'GET');
    assert.equal(hit.url.searchParams.has('query'), false);
  });

  test('reports the message and the code of an error', async () => {
    const { error } = await client(documentCache).query(CONDITIONS, { first: 3, after: 'nonsense' }).toPromise();
    assert.equal(error.graphQLErrors[0].extensions.code, 'BAD_CURSOR');
    assert.deepEqual(error.graphQLErrors[0].path, ['conditions']);
  });
});
