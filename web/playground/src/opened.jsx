import { useEffect, useRef } from 'react';
import { pick, useGraphiQL, useGraphiQLActions } from '@graphiql/react';

/**
 * Selects the operation that the page opens when the editor has parsed its document, and runs it if it is a query. Others are
 * left to the reader: a mutation may change content, and a subscription does not end. Without a `name`, it is the first one.
 */
export function OpenedOperation({ name }) {
  const { queryEditor, variableEditor, responseEditor, operations } = useGraphiQL(
    pick('queryEditor', 'variableEditor', 'responseEditor', 'operations'),
  );
  const { run, setOperationName } = useGraphiQLActions();
  const isOpened = useRef(false);
  const isReady = queryEditor && variableEditor && responseEditor && operations?.length;
  useEffect(() => {
    if (!isReady || isOpened.current) return;
    isOpened.current = true;
    const operation = name ? operations.find((candidate) => candidate.name?.value === name) : operations[0];
    if (!operation?.loc) return;
    // The button runs the operation with the name, and the keyboard the one at the cursor.
    if (operation.name) setOperationName(operation.name.value);
    queryEditor.setPosition(queryEditor.getModel().getPositionAt(operation.loc.start));
    queryEditor.revealLine(queryEditor.getPosition().lineNumber);
    if (operation.operation === 'query') run();
  }, [isReady, name, operations, queryEditor, run, setOperationName]);
  return null;
}
