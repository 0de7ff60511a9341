/** The editor's theme for each scheme: GraphiQL's own, with text that reaches a contrast of 4.5:1 (WCAG 2.2, 1.4.3). */
export const EDITOR_THEME = { dark: 'dermagraph-dark', light: 'dermagraph-light' };

const DARK = {
  base: 'vs-dark',
  colors: { paper: '#212a3b', accent: '#ff5794', tint: '#ff579419', field: '#b7c2d711', text: '#ffffff', lineNumber: '#a3acbd' },
  rules: [
    { token: 'argument.identifier.gql', foreground: '#908aff' },
    { token: 'comment', foreground: '#8fbf7a' },
  ],
};
const LIGHT = {
  base: 'vs',
  colors: { paper: '#ffffff', accent: '#c00580', tint: '#d6059019', field: '#3b4b6811', text: '#444444', lineNumber: '#237893' },
  rules: [{ token: 'argument.identifier.gql', foreground: '#5a57c4' }],
};

export function defineThemes(monaco) {
  for (const [name, theme] of [[EDITOR_THEME.dark, DARK], [EDITOR_THEME.light, LIGHT]]) {
    monaco.editor.defineTheme(name, { ...theme, inherit: true, colors: named(theme.colors) });
  }
}

/** Returns the colours by Monaco's names. */
function named({ paper, accent, tint, field, text, lineNumber }) {
  const transparent = '#ffffff00';
  return {
    'editor.background': transparent,
    'scrollbar.shadow': transparent,
    'editorLineNumber.foreground': lineNumber,
    'editorLineNumber.dimmedForeground': lineNumber,
    'textLink.foreground': accent,
    'textLink.activeForeground': accent,
    'editorLink.activeForeground': accent,
    'editorHoverWidget.background': paper,
    'list.hoverBackground': tint,
    'list.highlightForeground': accent,
    'list.focusHighlightForeground': accent,
    'menu.background': paper,
    'menu.selectionBackground': tint,
    'menu.selectionForeground': accent,
    'editorSuggestWidget.background': paper,
    'editorSuggestWidget.selectedBackground': tint,
    'editorSuggestWidget.selectedForeground': accent,
    'quickInput.background': paper,
    'quickInputList.focusForeground': text,
    'quickInputList.focusBackground': tint,
    'editorWidget.background': paper,
    'editorWidget.resizeBorder': accent,
    'input.background': field,
    focusBorder: accent,
    'toolbar.hoverBackground': tint,
    'inputOption.hoverBackground': tint,
    'pickerGroup.foreground': accent,
  };
}
