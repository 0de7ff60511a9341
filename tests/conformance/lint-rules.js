import graphqlPlugin from '@graphql-eslint/eslint-plugin';

const { configs } = graphqlPlugin;

/** The recommended rules for schemas and the Relay rules, with the exceptions that the service makes. */
export const rules = {
  ...configs['flat/schema-recommended'].rules,
  ...configs['flat/schema-relay'].rules,
  // Every field has a description of a sentence or two: block quotes would double the length of the file.
  '@graphql-eslint/description-style': ['error', { style: 'inline' }],
  // `Code.code` is the standard term.
  '@graphql-eslint/no-typename-prefix': 'off',
  // Connections have `nodes` in addition to `edges`, and short lists within records are not paged.
  '@graphql-eslint/relay-edge-types': [
    'error',
    { withEdgeSuffix: true, shouldImplementNode: true, listTypeCanWrapOnlyEdgeType: false },
  ],
  // Records have an id and implement Node; parts and value objects do not.
  '@graphql-eslint/strict-id-in-types': 'off',
};
