import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ClientError, GraphQLClient, gql } from 'graphql-request';
import { start } from './server.js';

const PROCEDURE = gql`
  query Procedure($slug: String!) {
    procedure(by: { slug: $slug }) {
      name
    }
  }
`;

describe('graphql-request', () => {
  let server;

  before(async () => {
    server = await start();
  });
  after(() => server?.stop());

  test('sends a POST', async () => {
    const data = await new GraphQLClient(server.url).request(PROCEDURE, { slug: 'microneedling' });
    assert.deepEqual(data, { procedure: { name: 'Microneedling' } });
  });

  test('sends a GET', async () => {
    const client = new GraphQLClient(server.url, { method: 'GET', jsonSerializer: JSON });
    const data = await client.request(PROCEDURE, { slug: 'not-there' });
    assert.deepEqual(data, { procedure: null });
  });

  test('sends several operations as one request', async () => {
    const documents = ['microneedling', 'chemical-peel'].map((slug) => ({ document: PROCEDURE, variables: { slug } }));
    const responses = await new GraphQLClient(server.url).batchRequests(documents);
    assert.deepEqual(
      responses.map(({ data }) => data.procedure.name),
      ['Microneedling', 'Chemical peel'],
    );
  });

  test('throws the errors of the service, with their codes', async () => {
    const refused = new GraphQLClient(server.url).request('{ procedures(first: -1) { totalCount } }');
    await assert.rejects(refused, (problem) => {
      assert.ok(problem instanceof ClientError, problem);
      assert.equal(problem.response.errors[0].extensions.code, 'BAD_PAGE');
      return true;
    });
  });
});
