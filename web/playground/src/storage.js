/** Keys of GraphiQL's history, whose entries contain request headers. */
const HISTORIES = ['graphiql:queries', 'graphiql:favorites'];
const OPEN_PLUGIN = 'graphiql:visiblePlugin';
/** Narrow screens, such as phones; the same as in `narrow.css`. */
export const NARROW = '(max-width: 700px)';

/**
 * Returns the browser's local storage with two changes. Request headers are removed from the
 * history, because they contain API keys; GraphiQL can leave them out of tabs only. On narrow
 * screens, the pane of a plugin does not open by itself, because it covers the editor. If the
 * browser does not allow storage, everything is lost when the page is closed.
 */
export function browserStorage() {
  const kept = usable() ?? forgetful();
  if (matchMedia(NARROW).matches) kept.removeItem(OPEN_PLUGIN);
  return {
    get length() {
      return kept.length;
    },
    getItem: (key) => kept.getItem(key),
    setItem: (key, value) => kept.setItem(key, HISTORIES.includes(key) ? withoutHeaders(value) : value),
    removeItem: (key) => kept.removeItem(key),
    clear() {
      for (const key of Object.keys(kept)) {
        if (key.startsWith('graphiql:')) kept.removeItem(key);
      }
    },
  };
}

function usable() {
  try {
    return localStorage;
  } catch {
    return undefined;
  }
}

function forgetful() {
  const entries = new Map();
  return {
    get length() {
      return entries.size;
    },
    getItem: (key) => entries.get(key) ?? null,
    setItem: (key, value) => entries.set(key, value),
    removeItem: (key) => entries.delete(key),
  };
}

function withoutHeaders(history) {
  return JSON.stringify(JSON.parse(history), (key, value) => (key === 'headers' ? undefined : value));
}
