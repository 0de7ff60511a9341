/** Keys of GraphiQL's history, whose entries contain request headers. */
const HISTORIES = ['graphiql:queries', 'graphiql:favorites'];
const OPEN_PLUGIN = 'graphiql:visiblePlugin';
const TABS = 'graphiql:tabState';
const DOCUMENTATION = 'Documentation Explorer';
/** Narrow screens, such as phones; the same as in `narrow.css`. */
export const NARROW = '(max-width: 700px)';
/** Screens with space for the documentation beside the editor and the response. */
const WIDE = '(min-width: 1000px)';

/**
 * Returns the browser's local storage with three changes, and whether this is the first visit of the browser. Request headers
 * are removed from the history, because they contain API keys; GraphiQL can leave them out of tabs only. On narrow screens,
 * the pane of a plugin does not open by itself, because it covers the editor. On wide ones, the first visit opens the
 * documentation. If the browser does not allow storage, each visit is the first one.
 */
export function browserStorage() {
  const kept = usable() ?? forgetful();
  const isFirstVisit = kept.getItem(TABS) === null;
  if (matchMedia(NARROW).matches) kept.removeItem(OPEN_PLUGIN);
  else if (isFirstVisit && matchMedia(WIDE).matches) kept.setItem(OPEN_PLUGIN, DOCUMENTATION);
  return {
    isFirstVisit,
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
