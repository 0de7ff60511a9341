import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';

/** The program of the browser. */
export const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
];

/** Starts Chromium with a new profile. */
export async function openBrowser() {
  assert.ok(existsSync(CHROMIUM), `There is no Chromium at ${CHROMIUM}: install it, or name it in CHROMIUM.`);
  return chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
}

/**
 * Returns the browser context of one user, with storage of its own. `complaints` lists events that must never occur:
 * requests to other origins, violations of the policy, errors in the console and uncaught errors.
 */
export async function visitor(browser, url, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  const complaints = [];
  await context.exposeFunction('complain', (text) => complaints.push(text));
  await context.addInitScript(() => {
    addEventListener('securitypolicyviolation', (event) => {
      globalThis.complain(`the policy forbade ${event.blockedURI} (${event.effectiveDirective})`);
    });
  });
  const origin = new URL(url).origin;
  context.on('request', (request) => {
    const scheme = new URL(request.url()).protocol;
    if (scheme !== 'data:' && new URL(request.url()).origin !== origin) complaints.push(`requested ${request.url()}`);
  });
  context.on('console', (message) => {
    if (message.type() === 'error') complaints.push(`console: ${message.text()}`);
  });
  context.on('weberror', (problem) => complaints.push(`uncaught: ${problem.error().stack}`));
  return { context, complaints };
}
