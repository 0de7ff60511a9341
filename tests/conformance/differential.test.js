import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, test } from 'node:test';
import { buildSchema, getOperationAST, parse, specifiedRules, validate, version } from 'graphql';
import { getVariableValues } from 'graphql/execution/values.js';
import { BINARY } from '../browser/server.js';
import { randomFrom } from './rearrange.js';
import { completed, idsByType, request, respond } from './responses.js';
import { start } from './server.js';

/** Generates documents and prints the verdicts of the service; `cargo test` builds it, too. */
const VERDICTS = join(dirname(BINARY), 'examples', 'verdicts');
/** Number of documents to generate. */
const COUNT = Number(process.env.DERMAGRAPH_DIFFERENTIAL_COUNT ?? 20_000);
/** Seed of the generator; a new one for each run unless it is set. */
const SEED = Number(process.env.DERMAGRAPH_DIFFERENTIAL_SEED ?? Date.now());
/** Maximum number of differences to show. */
const SHOWN = Number(process.env.DERMAGRAPH_DIFFERENTIAL_SHOWN ?? 5);
/** Maximum number of valid documents to send to a service. */
const SENT = COUNT / 10;
/** Number of requests to send at once. */
const AT_ONCE = 4;
/** Codes of errors that valid documents can have. */
const CODES = [
  'BAD_ARGUMENT',
  'BAD_CURSOR',
  'BAD_ID',
  'BAD_PAGE',
  'CURSOR_OF_OTHER_ORDER',
  'TOO_EXPENSIVE',
  'UNAUTHENTICATED',
  'WRONG_ID_TYPE',
];

/**
 * Reasons for allowed differences. `accepts` names the implementation that accepts the document,
 * and `known` reports whether the reason applies: `ours` is the line of the service, `theirs` has
 * the errors of graphql-js.
 */
const REASONS = [
  {
    why: 'the service refuses documents that are too large or too deep',
    accepts: 'graphql-js',
    known: ({ ours }) => ours.code === 'DOCUMENT_TOO_LARGE',
  },
  {
    why: 'graphql-js does not compare the type of __typename with others (https://spec.graphql.org/draft/#SameResponseShape())',
    accepts: 'graphql-js',
    known: ({ ours }) => /conflicting types .*"String!"/.test(ours.message) && ours.document.includes('__typename'),
  },
  {
    why: 'graphql-js does not check non-null entries of a list for oneOf input objects',
    accepts: 'graphql-js',
    known: ({ ours }) => /must be non-nullable to be used for a OneOf Input Object/.test(ours.message),
  },
  {
    why: 'graphql-js reports deprecated directives, which are not in the specification yet',
    accepts: 'graphql-js',
    known: ({ ours }) => /^Cannot query field "(isDeprecated|deprecationReason)" on type "__Directive"/.test(ours.message),
  },
  {
    why: 'the type of includeDeprecated is Boolean! in the specification (https://spec.graphql.org/September2025/#sec-Schema-Introspection.Schema-Introspection-Schema) and Boolean in graphql-js 16',
    accepts: 'graphql-js',
    known: ({ ours }) =>
      ours.message === 'Expected value of type "Boolean!", found null.' && /includeDeprecated\s*:\s*null/.test(ours.document),
  },
  {
    why: 'a variable with a default is allowed in a oneOf input object (https://spec.graphql.org/draft/#IsVariableUsageAllowed())',
    accepts: 'the service',
    known: ({ theirs }) => theirs.every(({ message }) => /must be non-nullable to be used for OneOf Input Object/.test(message)),
  },
];

/** Returns the errors of graphql-js; none if it would run the document. */
function judge(schema, document, variables) {
  let ast;
  try {
    ast = parse(document);
  } catch (error) {
    return [error];
  }
  const errors = validate(schema, ast, specifiedRules, { maxErrors: 5 });
  if (errors.length > 0) return errors;
  const operation = getOperationAST(ast);
  if (!operation) return [new Error('Must provide operation name if query contains multiple operations.')];
  return getVariableValues(schema, operation.variableDefinitions ?? [], variables).errors ?? [];
}

/** Resolves to the lines of the generator: a document, its variables, and the code and message of the service's verdict. */
async function generated() {
  assert.ok(existsSync(VERDICTS), `${VERDICTS} is missing: cargo build --example verdicts`);
  const verdicts = spawn(VERDICTS, [String(SEED), String(COUNT)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = [];
  for await (const line of createInterface({ input: verdicts.stdout })) lines.push(JSON.parse(line));
  assert.equal(lines.length, COUNT);
  return lines;
}

describe(`graphql-js ${version} and the service`, { timeout: 300_000 }, () => {
  let schema;
  let lines;
  let server;

  before(async () => {
    schema = buildSchema(await readFile(new URL('../../schema.graphql', import.meta.url), 'utf8'));
    server = await start();
    lines = await generated();
  });
  after(() => server?.stop());

  test('accept the same documents', () => {
    const differences = [];
    let accepted = 0;
    for (const ours of lines) {
      const theirs = judge(schema, ours.document, ours.variables);
      if (theirs.length === 0 && ours.code === null) accepted += 1;
      if ((theirs.length === 0) === (ours.code === null)) continue;
      const accepts = theirs.length === 0 ? 'graphql-js' : 'the service';
      if (REASONS.some((reason) => reason.accepts === accepts && reason.known({ ours, theirs }))) continue;
      differences.push({ accepts, ours, theirs: theirs.map((error) => error.message) });
    }
    assert.ok(accepted > SENT, `only ${accepted} of ${COUNT} are valid, so little is compared`);
    assertNone(differences);
  });

  test('collect, merge and order the fields of a response alike, and null propagates as the types say', async (context) => {
    const ids = await idsByType(schema, server.url);
    const random = randomFrom(SEED);
    const accepted = lines.filter(({ code }) => code === null).slice(0, SENT);
    const requests = accepted.map((line) => request(schema, line, ids, random)).filter((sent) => sent !== null);
    const differences = [];
    let compared = 0;
    const compare = async (sent) => {
      const { text: ours, value } = await respond(server.url, sent);
      const theirs = completed(schema, sent, value);
      const codes = (value.errors ?? []).map(({ extensions }) => extensions.code);
      if (theirs !== ours || codes.some((code) => !CODES.includes(code))) {
        differences.push({ query: sent.query, variables: sent.variables, ours, theirs });
      }
      if (value.data) compared += 1;
    };
    for (let at = 0; at < requests.length; at += AT_ONCE) await Promise.all(requests.slice(at, at + AT_ONCE).map(compare));
    context.diagnostic(`seed ${SEED}: compared ${compared} responses to ${requests.length} queries`);
    assert.ok(compared > requests.length * 0.9, `only ${compared} of ${requests.length} responses have data`);
    assertNone(differences);
  });
});

/** Fails if there are differences, and shows the shortest. */
function assertNone(differences) {
  const shortest = differences.map((one) => JSON.stringify(one)).sort((one, other) => one.length - other.length);
  const shown = shortest.slice(0, SHOWN).join('\n');
  assert.equal(differences.length, 0, `seed ${SEED}: ${differences.length} differences, for example\n${shown}`);
}
