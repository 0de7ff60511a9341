import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { buildClientSchema, isInputObjectType, isInterfaceType, isObjectType, parse, print, separateOperations } from 'graphql';
import { blocks, textOf } from './page.js';
import { post, introspect, start } from './server.js';

const PAGE = 'swift-and-kotlin.md';
/** Keywords that cannot be names unless they are escaped. */
const KEYWORDS = {
  // https://docs.swift.org/swift-book/documentation/the-swift-programming-language/lexicalstructure/#Keywords-and-Punctuation
  Swift: `
    associatedtype borrowing class consuming deinit enum extension fileprivate func import init inout internal let nonisolated
    open operator precedencegroup private protocol public rethrows static struct subscript typealias var
    break case catch continue default defer do else fallthrough for guard if in repeat return switch throw where while
    Any as await false is nil self Self super throws true try`,
  // https://kotlinlang.org/docs/keyword-reference.html#hard-keywords
  Kotlin: `
    as break class continue do else false for fun if in interface is null object package return super this throw true try
    typealias typeof val var when while`,
};

describe('the page of docs/clients about Swift and Kotlin', () => {
  let server;

  before(async () => {
    server = await start();
  });
  after(() => server?.stop());

  test('has operations that the service runs', async () => {
    const operations = Object.entries(separateOperations(parse(await blocks(PAGE, 'graphql'))));
    assert.ok(operations.length > 1);
    for (const [name, operation] of operations) {
      assert.notEqual(name, '', 'the generators of Apollo require named operations');
      const { data, errors } = await post(server.url, print(operation), { after: 0, of: 1 });
      assert.equal(errors, undefined);
      assert.ok(Object.values(data).every((value) => value !== null), name);
    }
  });

  test('lists the fields and arguments whose names are keywords', async () => {
    const names = namesIn(buildClientSchema(await introspect(server.url)));
    const page = await textOf(PAGE);
    for (const [language, keywords] of Object.entries(KEYWORDS)) {
      const [, listed] = page.match(new RegExp(`^\\| ${language} \\| (.*) \\|$`, 'm'));
      const found = keywords.split(/\s+/).filter((keyword) => names.has(keyword));
      assert.equal(listed, found.sort().map((keyword) => `\`${keyword}\``).join(', '), language);
    }
  });
});

/** Returns the names of all fields and arguments. */
function namesIn(schema) {
  const declares = (type) => isObjectType(type) || isInterfaceType(type) || isInputObjectType(type);
  const types = Object.values(schema.getTypeMap()).filter((type) => declares(type) && !type.name.startsWith('__'));
  const fields = types.flatMap((type) => Object.values(type.getFields()));
  return new Set(fields.flatMap((field) => [field, ...(field.args ?? [])]).map(({ name }) => name));
}
