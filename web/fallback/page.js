const PARTS = ['query', 'variables'];
const form = document.getElementById('operation');
const fields = Object.fromEntries(PARTS.map((part) => [part, document.getElementById(part)]));
const state = document.getElementById('state');
const answer = document.getElementById('answer');
/** Relative to this script, which is two folders below the page, so that it also works behind a path prefix. */
const endpoint = new URL('../../graphql', import.meta.url);

const shared = new URLSearchParams(location.search);
for (const part of PARTS) {
  if (shared.has(part)) fields[part].value = shared.get(part);
}

form.addEventListener('submit', (event) => {
  event.preventDefault();
  run();
});
form.addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    run();
  }
});

async function run() {
  answer.textContent = '';
  state.textContent = 'Sending …';
  try {
    const operation = { query: fields.query.value };
    if (fields.variables.value.trim()) operation.variables = variables();
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/graphql-response+json, application/json;q=0.9',
      },
      body: JSON.stringify(operation),
    });
    const text = await response.text();
    state.textContent = response.ok ? 'Done.' : `The status is ${response.status}.`;
    answer.textContent = pretty(text);
  } catch (problem) {
    state.textContent = `Not sent: ${problem.message}`;
  }
}

function variables() {
  try {
    return JSON.parse(fields.variables.value);
  } catch (problem) {
    throw new Error(`the variables are not JSON (${problem.message})`);
  }
}

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
