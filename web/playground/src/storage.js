/** What GraphiQL's history keeps: each entry with the request headers it was sent with. */
const HISTORIES = ['graphiql:queries', 'graphiql:favorites'];
const OPEN_PLUGIN = 'graphiql:visiblePlugin';
/** A phone, as `narrow.css` has it. */
export const NARROW = '(max-width: 700px)';

/**
 * The browser's local storage, with two changes. Request headers never reach it: GraphiQL leaves
 * them out of the tabs when asked, but writes them into the history all the same, and they hold
 * API keys. And on a narrow screen the pane of a plugin, which covers the editor there, does not
 * open by itself. Where the browser forbids storage, everything is forgotten with the page.
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
