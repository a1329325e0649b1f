// HTTP clients of the peers: undici's pool with keep-alive, or fetch as it comes.

import { Pool } from 'undici';

const origin = process.env.BENCH_UPSTREAM;

export function pooled() {
  const pool = new Pool(origin, { connections: 64 });
  return async (path) => {
    const { statusCode, body } = await pool.request({ path, method: 'GET' });
    if (statusCode !== 200) throw new Error(`upstream answered ${statusCode}`);
    return body.json();
  };
}

// by the environment, for a server that is measured with both
export const client = () => (process.env.BENCH_WIRE === 'fetch' ? fetched() : pooled());

export function fetched() {
  return async (path) => {
    const answer = await fetch(`${origin}${path}`);
    if (!answer.ok) throw new Error(`upstream answered ${answer.status}`);
    return answer.json();
  };
}
