import { useSyncExternalStore } from 'react';

let latest = null;
const listeners = new Set();

/** Records how the latest operation went; null while one is running. */
export function report(measured) {
  latest = measured;
  for (const listener of listeners) listener();
}

/**
 * Returns how the latest operation went: its HTTP status, the time until the response was read in milliseconds, the length of
 * the response in bytes before compression, and its cost in points (undefined if the response has none). Null before the
 * first response and while an operation is running.
 */
export function useMeasured() {
  return useSyncExternalStore(subscribe, () => latest);
}

function subscribe(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
