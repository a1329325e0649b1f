// What @apollo/client with default settings hands to a page: node apollo.mjs URL TOKEN [PHONE] → JSON.
import { readFile } from "node:fs/promises";

import { ApolloClient, gql, HttpLink, InMemoryCache } from "@apollo/client/core";

const [uri, token, phone = "13912345678"] = process.argv.slice(2);
if (!uri || !token) throw new Error("usage: node apollo.mjs URL TOKEN [PHONE]");

const client = new ApolloClient({
  cache: new InMemoryCache(),
  link: new HttpLink({ uri, headers: { authorization: `Bearer ${token}` } }),
});
const query = gql(await readFile(new URL("person.graphql", import.meta.url), "utf8"));

let outcome;
try {
  const { data, error } = await client.query({ query, variables: { phone } });
  outcome = { data: data ?? null, error: error ? String(error) : null };
} catch (error) {
  outcome = { data: null, error: String(error) };
}
client.stop();
console.log(JSON.stringify(outcome, null, 2));
