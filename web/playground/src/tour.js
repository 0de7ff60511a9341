const files = import.meta.glob('./tour/*.graphql', { query: '?raw', import: 'default', eager: true });

/** The example queries that a first visit opens, one tab each, in the order of their file names. */
export const TOUR = Object.keys(files)
  .sort()
  .map((file) => ({ query: files[file] }));
