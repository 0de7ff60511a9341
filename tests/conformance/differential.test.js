import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { buildSchema, getOperationAST, parse, specifiedRules, validate, version } from 'graphql';
import { getVariableValues } from 'graphql/execution/values.js';
import { BINARY } from '../browser/server.js';

/** Generates documents and prints the verdicts of the service; `cargo test` builds it, too. */
const VERDICTS = join(dirname(BINARY), 'examples', 'verdicts');
/** Number of documents to generate. */
const COUNT = Number(process.env.DERMAGRAPH_DIFFERENTIAL_COUNT ?? 20_000);
/** Seed of the generator; a new one for each run unless it is set. */
const SEED = Number(process.env.DERMAGRAPH_DIFFERENTIAL_SEED ?? Date.now());

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

test(`graphql-js ${version} and the service accept the same documents`, { timeout: 300_000 }, async () => {
  const schema = buildSchema(await readFile(new URL('../../schema.graphql', import.meta.url), 'utf8'));
  assert.ok(existsSync(VERDICTS), `${VERDICTS} is missing: cargo build --example verdicts`);
  const verdicts = spawn(VERDICTS, [String(SEED), String(COUNT)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const differences = [];
  let accepted = 0;
  let compared = 0;
  for await (const line of createInterface({ input: verdicts.stdout })) {
    const ours = JSON.parse(line);
    const theirs = judge(schema, ours.document, ours.variables);
    compared += 1;
    if (theirs.length === 0 && ours.code === null) accepted += 1;
    if ((theirs.length === 0) === (ours.code === null)) continue;
    const accepts = theirs.length === 0 ? 'graphql-js' : 'the service';
    if (REASONS.some((reason) => reason.accepts === accepts && reason.known({ ours, theirs }))) continue;
    differences.push({ accepts, ours, theirs: theirs.map((error) => error.message) });
  }
  assert.equal(compared, COUNT);
  assert.ok(accepted > COUNT / 10, `only ${accepted} of ${COUNT} are valid, so little is compared`);
  const shown = differences.slice(0, Number(process.env.DERMAGRAPH_DIFFERENTIAL_SHOWN ?? 5));
  assert.equal(
    differences.length,
    0,
    `seed ${SEED}: ${differences.length} differences, for example\n${shown.map((one) => JSON.stringify(one)).join('\n')}`,
  );
});
