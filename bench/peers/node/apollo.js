// Apollo Server's standalone server as its guide has it, with fetch for the systems.

import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import { loaders, resolvers, typeDefs } from './graph.js';
import { fetched } from './upstream.js';

const getJson = fetched();
const server = new ApolloServer({ typeDefs, resolvers });
await startStandaloneServer(server, {
  context: async () => ({ loaders: loaders(getJson) }),
  listen: { host: '127.0.0.1', port: Number(process.env.BENCH_PORT) },
});
