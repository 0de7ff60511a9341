// A program that uses the types generated from the schema. It is type-checked, not run.
import type { ResultOf, VariablesOf } from '@graphql-typed-document-node/core';
import {
  type AnythingDocument,
  OutcomeCardFragmentDoc,
  type ProcedureListDocument,
  type ProcedurePageDocument,
  type ServedDocument,
} from '../generated/typescript/graphql';
import { unmask } from '../generated/typescript/fragment-masking';

export const search: VariablesOf<typeof ProcedureListDocument> = {
  first: 5,
  where: { name: { contains: 'laser' }, or: [{ status: { eq: 'DRAFT' } }] },
  orderBy: [{ category: 'ASC' }, { outcomes: { count: 'DESC' } }],
};

export const twoKeysInOne: VariablesOf<typeof ProcedureListDocument> = {
  // @ts-expect-error A sort key is exactly one field.
  orderBy: [{ category: 'ASC', name: 'ASC' }],
};

// @ts-expect-error The page of a procedure needs a slug.
export const noSlug: VariablesOf<typeof ProcedurePageDocument> = {};

export function title(page: ResultOf<typeof ProcedurePageDocument>): string {
  const first = page.procedure?.outcomes?.nodes[0];
  const card = first && unmask(OutcomeCardFragmentDoc, first);
  const grade: string = card?.grade ?? 'nothing known';
  return `${page.procedure?.name ?? 'Not there'}: ${card?.condition.name ?? ''} ${grade}`;
}

export function label({ node }: ResultOf<typeof AnythingDocument>): string {
  switch (node?.__typename) {
    case 'Procedure':
    case 'Condition':
      return node.name;
    case 'Source':
      return `${node.title} (${node.year?.toFixed() ?? 'no year'})`;
    default:
      return node?.id ?? 'nothing';
  }
}

export function age({ library }: ResultOf<typeof ServedDocument>, now: Date): number {
  const published: string | null = library.publishedAt;
  return published === null ? 0 : now.getTime() - Date.parse(published);
}
