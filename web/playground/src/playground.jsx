import { useEffect } from 'react';
import { GraphiQL } from 'graphiql';
import { pick, useGraphiQL, useGraphiQLActions, useMonaco } from '@graphiql/react';
import { HISTORY_PLUGIN } from '@graphiql/plugin-history';
import { explorerPlugin } from '@graphiql/plugin-explorer';
import { fetcher } from './fetcher.js';
import { defineThemes, EDITOR_THEME } from './themes.js';
import { OpenedOperation } from './opened.jsx';
import { ShareButton } from './share.jsx';
import { takeSharedQuery } from './share-link.js';
import { StatusLine } from './status.jsx';
import { browserStorage, NARROW } from './storage.js';
import { TourButton } from './tour.jsx';
import { TOUR } from './tour.js';

const HOME = './';
const ICON = './playground/icon.svg';
const LICENSES = './playground/licenses.txt';
const REFERENCE = './reference';
const plugins = [explorerPlugin({ showAttribution: false }), HISTORY_PLUGIN];
const storage = browserStorage();
const shared = takeSharedQuery();

/** GraphiQL with the tour, whose first query runs in the first visit, share links, and a history without request headers. */
export function Playground() {
  return (
    <GraphiQL
      fetcher={fetcher}
      schemaDescription
      editorTheme={EDITOR_THEME}
      plugins={plugins}
      storage={storage}
      shouldPersistHeaders={false}
      defaultTabs={shared ? [shared, ...TOUR] : TOUR}
      initialQuery={shared?.query}
      // Without this, GraphiQL would use the variables of an earlier visit for a shared query.
      initialVariables={shared ? (shared.variables ?? '') : undefined}
      defaultEditorToolsVisibility={shared?.variables ? 'variables' : undefined}
    >
      <GraphiQL.Logo>
        <a className="brand" href={HOME}>
          <img src={ICON} alt="" width="24" height="24" />
          <span>Dermagraph</span>
        </a>
        <h1 className="unseen">Dermagraph playground</h1>
        <TourButton />
      </GraphiQL.Logo>
      <GraphiQL.Toolbar>
        {({ prettify, merge, copy }) => (
          <>
            {prettify}
            {merge}
            {copy}
            <ShareButton />
          </>
        )}
      </GraphiQL.Toolbar>
      <GraphiQL.Footer>
        <p className="notice">
          Educational content, not medical advice. <a href={REFERENCE}>Reference</a> · <a href={LICENSES}>Licences</a>
          <StatusLine />
          <span className="hint">Ctrl-M: Tab leaves the editor.</span>
        </p>
      </GraphiQL.Footer>
      <SystemTheme />
      <FittedEditors />
      {(shared || storage.isFirstVisit) && <OpenedOperation name={shared?.operationName} />}
    </GraphiQL>
  );
}

/** Sets our colours in the editor, and changes them with the colour scheme of the system, as the style sheet does. */
function SystemTheme() {
  const { setTheme } = useGraphiQLActions();
  const theme = useGraphiQL((state) => state.theme);
  const monaco = useMonaco((state) => state.monaco);
  useEffect(() => {
    if (!monaco) return;
    defineThemes(monaco);
    setTheme(theme);
    // This runs once; later, GraphiQL changes the theme.
  }, [monaco]);
  useEffect(() => {
    if (theme) return undefined;
    const dark = matchMedia('(prefers-color-scheme: dark)');
    const follow = () => setTheme(null);
    dark.addEventListener('change', follow);
    return () => dark.removeEventListener('change', follow);
  }, [theme, setTheme]);
  return null;
}

/** Wraps long lines in all editors, and uses a smaller font on narrow screens. */
function FittedEditors() {
  const editors = useGraphiQL(pick('queryEditor', 'responseEditor', 'variableEditor'));
  useEffect(() => {
    const fit = matchMedia(NARROW).matches ? { wordWrap: 'on', fontSize: 13 } : { wordWrap: 'on' };
    for (const editor of Object.values(editors)) editor?.updateOptions(fit);
  }, [editors]);
  return null;
}
