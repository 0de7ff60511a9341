import 'graphiql/setup-workers/vite';
import '@graphiql/react/style.css';
import '@graphiql/plugin-doc-explorer/style.css';
import '@graphiql/plugin-history/style.css';
import '@graphiql/plugin-explorer/style.css';
import 'graphiql/graphiql.css';
import './playground.css';
import './narrow.css';
import { createRoot } from 'react-dom/client';
import { completeIn } from './accessible.js';
import { Playground } from './playground.jsx';

const page = document.getElementById('playground');
completeIn(page);
createRoot(page).render(<Playground />);
