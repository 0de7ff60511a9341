import WebSocket from 'ws';

export const PROTOCOL = 'graphql-transport-ws';
const TIMEOUT_MS = 10_000;

/**
 * Opens a WebSocket without a client library, so that a test can send invalid messages. Resolves
 * when it is open; rejects with the `status` of a refusal. `next()` resolves to the next message,
 * or to `{ closed: code }`.
 */
export async function dial(url, protocols = [PROTOCOL], options = {}) {
  const socket = new WebSocket(url, protocols, options);
  const arrived = [];
  const waiting = [];
  const arrive = (event) => (waiting.length > 0 ? waiting.shift()(event) : arrived.push(event));
  socket.on('message', (data) => arrive(JSON.parse(data)));
  socket.on('close', (code) => arrive({ closed: code }));
  await new Promise((resolve, reject) => {
    socket.once('open', resolve);
    socket.on('error', reject);
    socket.once('unexpected-response', (request, response) => {
      const { statusCode: status } = response;
      request.destroy();
      reject(Object.assign(new Error(`The service refused the socket with ${status}.`), { status }));
    });
  });
  return {
    protocol: socket.protocol,
    send: (message) => socket.send(typeof message === 'object' ? JSON.stringify(message) : message),
    sendBytes: (text) => socket.send(Buffer.from(text), { binary: true }),
    next: () => (arrived.length > 0 ? arrived.shift() : patiently((take) => waiting.push(take))),
    close: () => socket.terminate(),
  };
}

/** Opens a socket and completes `connection_init`. */
export async function join(url, options) {
  const socket = await dial(url, [PROTOCOL], options);
  socket.send({ type: 'connection_init' });
  const { type } = await socket.next();
  if (type !== 'connection_ack') throw new Error(`connection_ack was to come, not ${type}.`);
  return socket;
}

function patiently(wait) {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`No message arrived within ${TIMEOUT_MS / 1000} s.`)), TIMEOUT_MS);
    wait((event) => {
      clearTimeout(late);
      resolve(event);
    });
  });
}
