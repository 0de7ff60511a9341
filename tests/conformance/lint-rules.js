import graphqlPlugin from '@graphql-eslint/eslint-plugin';

const { configs } = graphqlPlugin;

/** The recommended rules for schemas and the Relay rules, with the exceptions that the service makes. */
export const rules = {
  ...configs['flat/schema-recommended'].rules,
  ...configs['flat/schema-relay'].rules,
  // Every field has a description of a sentence or two: block quotes would double the length of the file.
  '@graphql-eslint/description-style': ['error', { style: 'inline' }],
  // `Code.code` and `Parameter.parameter` are the terms of the field.
  '@graphql-eslint/no-typename-prefix': 'off',
  // Connections offer `nodes` beside `edges`, and short lists within content are not paged.
  '@graphql-eslint/relay-edge-types': [
    'error',
    { withEdgeSuffix: true, shouldImplementNode: true, listTypeCanWrapOnlyEdgeType: false },
  ],
  // Content has an id and implements Node; the statements within it have no life of their own.
  '@graphql-eslint/strict-id-in-types': 'off',
};
