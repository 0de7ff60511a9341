import { useMeasured } from './measured.js';

const KILO = 1000;

/** The line that says how the latest operation went. It is announced when it changes. */
export function StatusLine() {
  const measured = useMeasured();
  return (
    <span className="measured" role="status">
      {measured && parts(measured).join(' · ')}
    </span>
  );
}

function parts({ status, milliseconds, bytes, cost, statements }) {
  const length = bytes < KILO ? `${bytes} bytes` : `${(bytes / KILO).toFixed(1)} kB`;
  const points = cost === undefined ? [] : [`cost ${cost}`];
  return [`Status ${status}`, `${Math.round(milliseconds)} ms`, length, ...points, ...work(statements)];
}

/** What the database did: undefined for a mutation, 0 for a response from the cache. */
function work(statements) {
  if (statements === undefined) return [];
  if (statements === 0) return ['from the cache'];
  return [statements === 1 ? '1 statement' : `${statements} statements`];
}
