// GraphQL over HTTP to the letter: node audits.mjs URL TOKEN → JSON; exit 1 unless all 61 are ok.
import { serverAudits } from "graphql-http";

const EXPECTED = 61;
const [url, token] = process.argv.slice(2);
if (!url) throw new Error("usage: node audits.mjs URL [TOKEN]");

function fetchFn(address, init = {}) {
  const headers = new Headers(init.headers);
  if (token) headers.set("authorization", `Bearer ${token}`);
  return fetch(address, { ...init, headers });
}

/** A connection that the gateway drops is a failed audit, not the end of this script. */
async function run(audit) {
  try {
    const { status, reason = null, response } = await audit.fn();
    return { status, reason: reason === null ? null : String(reason), response };
  } catch (error) {
    return { status: "error", reason: String(error.cause ?? error) };
  }
}

const audits = [];
for (const audit of serverAudits({ url, fetchFn })) {
  const { status, reason, response } = await run(audit);
  audits.push({ id: audit.id, name: audit.name, status, reason });
  // An answer that nobody reads would keep its connection; one read already refuses, which is well.
  await response?.body?.cancel().catch(() => undefined);
}

const ok = audits.filter(({ status }) => status === "ok").length;
const failed = audits.filter(({ status }) => status !== "ok");
console.log(JSON.stringify({ total: audits.length, ok, failed }, null, 2));
process.exitCode = audits.length === EXPECTED && ok === EXPECTED ? 0 : 1;
