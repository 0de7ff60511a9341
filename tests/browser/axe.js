import axe from 'axe-core';

/** Returns the violations that axe finds in the page: each rule with the first element that violates it. */
export async function violations(page) {
  // The policy of the page forbids a script element, so the source of axe is evaluated. Without
  // `module`, it sets `globalThis.axe`.
  await page.evaluate(`{ const module = undefined; ${axe.source} }`);
  return page.evaluate(async () => {
    const { violations } = await globalThis.axe.run();
    return violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`);
  });
}
