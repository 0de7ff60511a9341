import { useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import { TOUR } from './tour.js';

/** Opens the example queries again. Tabs that still show one of them stay; the missing ones are added. */
export function TourButton() {
  const tabs = useGraphiQL((state) => state.tabs);
  const { moveTab, changeTab } = useGraphiQLActions();

  function open() {
    const missing = TOUR.filter(({ query }) => !tabs.some((tab) => tab.query === query));
    const all = [...tabs, ...missing.map(newTab)];
    if (missing.length) moveTab(all);
    changeTab(all.findIndex((tab) => tab.query === TOUR[0].query));
  }

  return (
    <button type="button" className="tour" onClick={open}>
      Tour
    </button>
  );
}

/** Returns a tab in GraphiQL's format. */
function newTab({ query }) {
  const operationName = /^query (\w+)/m.exec(query)?.[1] ?? null;
  return {
    id: `tour-${operationName}`,
    hash: `${query}||`,
    title: operationName ?? 'Tour',
    query,
    variables: null,
    headers: null,
    operationName,
    response: null,
  };
}
