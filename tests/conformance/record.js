import { createHash } from 'node:crypto';

/** Returns a fetch function that records requests and responses: `{method, url, body, status, result}`. */
export function recording() {
  const calls = [];
  const record = async (url, options = {}) => {
    const response = await fetch(url, options);
    const result = await response.clone().json();
    const body = options.body ? JSON.parse(options.body) : undefined;
    calls.push({ method: options.method ?? 'GET', url: new URL(url), body, status: response.status, result });
    return response;
  };
  return { calls, fetch: record };
}

export function sha256(text) {
  return createHash('sha256').update(text).digest('hex');
}
