// What Apollo's client does with persisted queries: node persisted.mjs URL TOKEN → JSON of what it got and sent.
import { createHash } from "node:crypto";

import { ApolloClient, gql, HttpLink, InMemoryCache } from "@apollo/client/core";
import { PersistedQueryLink } from "@apollo/client/link/persisted-queries";

const [uri, token] = process.argv.slice(2);
if (!uri || !token) throw new Error("usage: node persisted.mjs URL TOKEN");

const sent = [];
const texts = {};
function sha256(text) {
  const hash = createHash("sha256").update(text).digest("hex");
  texts[hash] = text;
  return hash;
}
async function watched(address, options) {
  sent.push(Object.hasOwn(JSON.parse(options.body), "query") ? "text" : "hash");
  return fetch(address, options);
}

const http = new HttpLink({ uri, fetch: watched, headers: { authorization: `Bearer ${token}` } });
const client = new ApolloClient({
  cache: new InMemoryCache(),
  link: new PersistedQueryLink({ sha256 }).concat(http),
});
const query = gql`query Channels { channels { code } }`;

async function ask() {
  try {
    const { data, error } = await client.query({ query, fetchPolicy: "no-cache" });
    return { data: data ?? null, error: error ? String(error) : null };
  } catch (error) {
    return { data: null, error: String(error) };
  }
}
const outcomes = [await ask(), await ask()];
client.stop();
console.log(JSON.stringify({ outcomes, sent, texts }, null, 2));
