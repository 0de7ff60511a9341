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

function parts({ status, milliseconds, bytes, cost }) {
  const length = bytes < KILO ? `${bytes} bytes` : `${(bytes / KILO).toFixed(1)} kB`;
  const points = cost === undefined ? [] : [`cost ${cost}`];
  return [`Status ${status}`, `${Math.round(milliseconds)} ms`, length, ...points];
}
