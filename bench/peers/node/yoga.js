// GraphQL Yoga as its guide has it, with undici or fetch for the systems.

import { createServer } from 'node:http';
import { createSchema, createYoga } from 'graphql-yoga';
import { loaders, resolvers, typeDefs } from './graph.js';
import { client } from './upstream.js';

const getJson = client();
const yoga = createYoga({
  schema: createSchema({ typeDefs, resolvers }),
  context: () => ({ loaders: loaders(getJson) }),
  graphiql: false,
  logging: false,
});
createServer(yoga).listen(Number(process.env.BENCH_PORT), '127.0.0.1');
