import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import graphqlPlugin from '@graphql-eslint/eslint-plugin';
import { Linter } from 'eslint';
import {
  buildClientSchema,
  buildSchema,
  findBreakingChanges,
  findDangerousChanges,
  getIntrospectionQuery,
  GraphQLSchema,
  isSpecifiedDirective,
  lexicographicSortSchema,
  printSchema,
  specifiedDirectives,
  validateSchema,
} from 'graphql';
import { rules } from './lint-rules.js';
import { introspect, start } from './server.js';

const EVERYTHING = {
  descriptions: true,
  specifiedByUrl: true,
  directiveIsRepeatable: true,
  schemaDescription: true,
  inputValueDeprecation: true,
  oneOf: true,
};

/** GraphQL.js adds its own built-in directives to a printed schema; they are not compared. */
function withSameBuiltIns(schema) {
  const config = schema.toConfig();
  const own = config.directives.filter((directive) => !isSpecifiedDirective(directive));
  return new GraphQLSchema({ ...config, directives: [...specifiedDirectives, ...own] });
}

describe('the schema', () => {
  let server;
  let printed;
  let documented;
  let live;

  before(async () => {
    server = await start();
    printed = await readFile(new URL('../../schema.graphql', import.meta.url), 'utf8');
    documented = buildSchema(printed);
    live = buildClientSchema(await introspect(server.url, EVERYTHING));
  });
  after(() => server?.stop());

  test('is valid', () => {
    const problems = [live, documented].flatMap((schema) => validateSchema(schema));
    assert.deepEqual(problems.map((problem) => problem.message), []);
  });

  test('can be read by GET, as some tools do', async () => {
    const query = getIntrospectionQuery({ ...EVERYTHING, descriptions: false });
    const response = await fetch(`${server.url}?${new URLSearchParams({ query })}`);
    const { data, errors } = await response.json();
    assert.equal(errors, undefined);
    assert.ok(buildClientSchema(data).getType('Procedure'));
  });

  test('equals schema.graphql', () => {
    const sorted = (schema) => printSchema(lexicographicSortSchema(schema));
    assert.equal(sorted(live), sorted(documented));
  });

  test('has no breaking changes against schema.graphql', () => {
    const [before, now] = [documented, live].map(withSameBuiltIns);
    assert.deepEqual(findBreakingChanges(before, now), []);
    assert.deepEqual(findDangerousChanges(before, now), []);
    assert.deepEqual(findBreakingChanges(now, before), []);
  });

  test('marks its oneOf inputs as such', () => {
    assert.equal(live.getType('ProcedureBy').isOneOf, true);
    assert.equal(live.getType('ProcedureOrder').isOneOf, true);
  });

  test('follows the rules of GraphQL and Relay linters', () => {
    const config = {
      files: ['**/*.graphql'],
      plugins: { '@graphql-eslint': graphqlPlugin },
      languageOptions: {
        parser: graphqlPlugin.parser,
        parserOptions: { graphQLConfig: { schema: printed } },
      },
      rules,
    };
    const complaints = new Linter().verify(printed, config, { filename: 'schema.graphql' });
    // Groups, revisions and entries of the history are not records, so they have no id.
    const lines = printed.split('\n');
    const hasNoId = ({ line, message }) =>
      message.includes('must implement `Node`') &&
      /^type (\w+Group|Revision|HistoryEntry)Edge /.test(lines.slice(0, line).findLast((text) => text.startsWith('type ')));
    assert.deepEqual(
      complaints.filter((complaint) => !hasNoId(complaint)).map(({ line, ruleId, message }) => `${line} ${ruleId}: ${message}`),
      [],
    );
  });
});
