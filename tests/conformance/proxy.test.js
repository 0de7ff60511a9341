import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { all, start } from './server.js';

const CONFIGURATION = new URL('../../docs/nginx.conf', import.meta.url);
const BUDGET = 1000;
const START_MS = 20_000;
// On Debian, nginx is only on the path of root.
const ENVIRONMENT = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` };

const missing = ['nginx', 'openssl'].filter((tool) => !isThere(tool)).map((tool) => `${tool} is not installed.`).join(' ');
if (missing && process.env.CI === 'true') throw new Error(missing);
if (missing) console.error(`docs/nginx.conf is NOT tested. ${missing}`);

describe('docs/nginx.conf', { skip: missing || false }, () => {
  let server;
  let proxy;

  before(async () => {
    server = await start('--client-header', 'X-Forwarded-For', '--rate-limit', String(BUDGET));
    proxy = await startProxy(new URL(server.origin).host);
  });
  after(async () => {
    await proxy?.stop();
    await server?.stop();
  });

  test('runs a query over TLS, with the request id of the proxy', async () => {
    const { status, headers, text } = await proxy.post({ query: '{ procedure(by: {slug: "microneedling"}) { name } }' });
    assert.equal(status, 200);
    assert.deepEqual(JSON.parse(await text()), { data: { procedure: { name: 'Microneedling' } } });
    assert.match(headers['x-request-id'], /^[0-9a-f]{32}$/);
  });

  test('runs a query and a subscription over WebSocket', async () => {
    class Trusting extends WebSocket {
      constructor(url, protocols) {
        super(url, protocols, { ca: proxy.certificate, servername: 'dermagraph.example' });
      }
    }
    const client = createClient({ url: `${proxy.url.replace('https', 'wss')}/graphql`, webSocketImpl: Trusting, retryAttempts: 0 });
    assert.deepEqual(await all(client.iterate({ query: '{ library { revision } }' })), [{ data: { library: { revision: 1 } } }]);
    const revisions = client.iterate({ query: 'subscription { library { revision } }' });
    assert.deepEqual((await revisions.next()).value, { data: { library: { revision: 1 } } });
    await revisions.return();
    await client.dispose();
  });

  test('passes events on without buffering', async () => {
    const query = '{ library { revision } }';
    const ended = await proxy.post({ query }, { accept: 'text/event-stream' });
    assert.equal(await ended.text(), 'event: next\ndata: {"data":{"library":{"revision":1}}}\n\nevent: complete\ndata: \n\n');
    const { response } = await proxy.post({ query: `subscription ${query}` }, { accept: 'text/event-stream' });
    // The stream stays open, so an event that arrives was not buffered.
    const { value } = await response[Symbol.asyncIterator]().next();
    assert.equal(String(value), 'event: next\ndata: {"data":{"library":{"revision":1}}}\n\n');
    response.destroy();
  });

  test('lets the service refuse a body that is too long', async () => {
    const { status, text } = await proxy.post({ query: ' '.repeat(1024 * 1024) });
    assert.equal(status, 413);
    assert.equal(JSON.parse(await text()).errors[0].extensions.code, 'PAYLOAD_TOO_LARGE');
  });

  test('passes on the address of each client, whatever header the client sends', async () => {
    const query = `{ ${Array.from({ length: 9 }, (_, n) => `p${n}: procedures(first: 100) { nodes { name } }`).join(' ')} }`;
    const from = async (localAddress, forged) => {
      const { status, text } = await proxy.post({ query }, { 'x-forwarded-for': forged }, { localAddress });
      await text();
      return status;
    };
    assert.equal(await from('127.0.0.2', '192.0.2.1'), 200);
    assert.equal(await from('127.0.0.2', '192.0.2.2'), 429);
    assert.equal(await from('127.0.0.3', '192.0.2.2'), 200);
  });

  test('redirects plain HTTP to TLS', async () => {
    const response = await fetch(`${proxy.plain}/graphql?query={__typename}`, { redirect: 'manual' });
    assert.equal(response.status, 308);
    assert.equal(response.headers.get('location'), 'https://127.0.0.1/graphql?query={__typename}');
  });
});

/** Starts nginx in front of a service, with the configuration of the documentation. Only ports and paths are changed. */
async function startProxy(upstream) {
  const folder = await mkdtemp(join(tmpdir(), 'dermagraph-proxy-'));
  const file = (name) => join(folder, name);
  const name = 'dermagraph.example';
  execFileSync('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
    ...['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`, '-keyout', file('key.pem'), '-out', file('certificate.pem')],
  ], { stdio: 'pipe' });
  const [plain, secure] = [await freePort(), await freePort()];
  const replaced = [
    ['server 127.0.0.1:8080;', `server ${upstream};`],
    ['listen 80;', `listen 127.0.0.1:${plain};`],
    ['listen 443 ssl http2;', `listen 127.0.0.1:${secure} ssl http2;`],
    ['/etc/ssl/certs/dermagraph.example.pem', file('certificate.pem')],
    ['/etc/ssl/private/dermagraph.example.key', file('key.pem')],
  ];
  let site = await readFile(CONFIGURATION, 'utf8');
  for (const [from, to] of replaced) {
    assert.equal(site.split(from).length, 2, `docs/nginx.conf has "${from}" once`);
    site = site.replace(from, to);
  }
  await writeFile(file('site.conf'), site);
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  await mkdir(file('temporary'));
  const user = process.getuid() === 0 ? 'user root;' : '';
  await writeFile(file('nginx.conf'), `
    daemon off; worker_processes 1; pid ${file('pid')}; error_log stderr; ${user}
    events {}
    http { access_log off; ${temporary.map((one) => `${one}_temp_path ${file(`temporary/${one}`)};`).join(' ')} include ${file('site.conf')}; }
  `);
  const nginx = spawn('nginx', ['-p', folder, '-c', file('nginx.conf')], { env: ENVIRONMENT });
  let printed = '';
  nginx.stderr.on('data', (chunk) => (printed += chunk));
  const ended = new Promise((resolve) => nginx.once('close', resolve));
  process.once('exit', () => nginx.kill());
  const certificate = await readFile(file('certificate.pem'));
  const url = `https://127.0.0.1:${secure}`;
  const post = (body, headers = {}, options = {}) => new Promise((resolve, reject) => {
    const trusted = { ca: certificate, servername: name, agent: false, ...options };
    const sent = request(`${url}/graphql`, {
      method: 'POST', headers: { 'content-type': 'application/json', ...headers }, ...trusted,
    }, (response) => {
      const text = async () => Buffer.concat(await response.toArray()).toString();
      resolve({ status: response.statusCode, headers: response.headers, response, text });
    });
    sent.once('error', reject);
    sent.end(JSON.stringify(body));
  });
  const stop = async () => {
    nginx.kill();
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  const late = Date.now() + START_MS;
  for (;;) {
    try {
      await (await post({ query: '{ __typename }' }, {}, { localAddress: '127.0.0.9' })).text();
      return { url, plain: `http://127.0.0.1:${plain}`, certificate, post, stop };
    } catch (problem) {
      if (nginx.exitCode !== null || Date.now() > late) {
        await stop();
        throw new Error(`nginx does not respond (${problem.message}). It printed:\n${printed}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

function isThere(tool) {
  try {
    execFileSync(tool, [tool === 'nginx' ? '-v' : 'version'], { env: ENVIRONMENT, stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
