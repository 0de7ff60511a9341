// A small Relay application: procedures, and the outcomes of one of them, both with a button that loads the next page.
const { createElement: h } = require('react');
const { graphql, useLazyLoadQuery, usePaginationFragment } = require('react-relay');

const PAGE = 3;

const libraryQuery = graphql`
  query libraryQuery($first: Int!, $slug: String!) {
    ...library_procedures @arguments(first: $first)
    procedure(by: { slug: $slug }) {
      ...library_outcomes @arguments(first: $first)
    }
  }
`;

const proceduresFragment = graphql`
  fragment library_procedures on Query
  @argumentDefinitions(first: { type: "Int!" }, after: { type: "String" })
  @refetchable(queryName: "libraryProceduresPageQuery") {
    procedures(first: $first, after: $after, orderBy: [{ name: ASC }]) @connection(key: "library_procedures") {
      edges {
        node {
          id
          name
        }
      }
    }
  }
`;

const outcomesFragment = graphql`
  fragment library_outcomes on Procedure
  @argumentDefinitions(first: { type: "Int!" }, after: { type: "String" })
  @refetchable(queryName: "libraryOutcomesPageQuery") {
    outcomes(first: $first, after: $after) @connection(key: "library_outcomes") {
      edges {
        node {
          id
          condition {
            name
          }
        }
      }
    }
  }
`;

function Library() {
  const library = useLazyLoadQuery(libraryQuery, { first: PAGE, slug: 'microneedling' });
  return [
    h(Procedures, { key: 'procedures', library }),
    h(Outcomes, { key: 'outcomes', procedure: library.procedure }),
  ];
}

function Procedures({ library }) {
  const page = usePaginationFragment(proceduresFragment, library);
  const names = page.data.procedures.edges.map(({ node }) => [node.id, node.name]);
  return h(List, { id: 'procedures', entries: names, page });
}

function Outcomes({ procedure }) {
  const page = usePaginationFragment(outcomesFragment, procedure);
  const names = page.data.outcomes.edges.map(({ node }) => [node.id, node.condition.name]);
  return h(List, { id: 'outcomes', entries: names, page });
}

function List({ id, entries, page }) {
  const items = entries.map(([key, name]) => h('li', { key }, name));
  const more = page.hasNext && h('button', { onClick: () => page.loadNext(PAGE) }, 'More');
  return h('section', { id }, h('ul', null, items), more);
}

module.exports = { Library };
