import { useEffect, useState } from 'react';
import { pick, ToolbarButton, useGraphiQL } from '@graphiql/react';
import { shareLink } from './share-link.js';

const NOTE_MS = 4000;

/**
 * Copies a link to the operation in the editor and its variables, or shows the link if the browser
 * does not allow copying.
 */
export function ShareButton() {
  const { queryEditor, variableEditor, operations, operationName } = useGraphiQL(
    pick('queryEditor', 'variableEditor', 'operations', 'operationName'),
  );
  const [note, setNote] = useState(null);
  useEffect(() => {
    if (!note || note.link) return undefined;
    const timer = setTimeout(() => setNote(null), NOTE_MS);
    return () => clearTimeout(timer);
  }, [note]);

  async function share() {
    const link = shareLink({
      query: queryEditor?.getValue(),
      variables: variableEditor?.getValue(),
      operationName: operations?.length > 1 ? operationName : undefined,
    });
    try {
      await navigator.clipboard.writeText(link);
      setNote({ text: 'Link copied' });
    } catch {
      // Browsers allow access to the clipboard on secure origins only.
      setNote({ text: 'Copy this link:', link });
    }
  }

  return (
    <div className="share">
      <ToolbarButton label="Copy share link" onClick={share}>
        <ShareIcon />
      </ToolbarButton>
      <div role="status" className="share-note" hidden={!note}>
        {note?.text}
        {note?.link && (
          <>
            <input
              readOnly
              value={note.link}
              aria-label="Share link"
              onFocus={(event) => event.currentTarget.select()}
            />
            <button type="button" onClick={() => setNote(null)}>
              Close
            </button>
          </>
        )}
      </div>
    </div>
  );
}

function ShareIcon() {
  return (
    <svg className="graphiql-toolbar-icon" viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.5" aria-hidden="true">
      <path d="M10 14a4 4 0 0 0 5.7 0l3.1-3.1a4 4 0 0 0-5.7-5.7L12 6.3" />
      <path d="M14 10a4 4 0 0 0-5.7 0l-3.1 3.1a4 4 0 0 0 5.7 5.7L12 17.7" />
    </svg>
  );
}
