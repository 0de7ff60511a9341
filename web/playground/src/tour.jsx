import { useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import { TOUR } from './tour.js';

/** Opens the example queries again: those still open are kept as they are, the others are added. */
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

/** A tab in the form in which GraphiQL keeps it. */
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
