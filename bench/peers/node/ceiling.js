// The ceiling of Node: node:http, graphql-jit with its own serialiser, undici, DataLoader.

import { createServer } from 'node:http';
import { makeExecutableSchema } from '@graphql-tools/schema';
import { parse, validate } from 'graphql';
import { compileQuery, isCompiledQuery } from 'graphql-jit';
import { loaders, resolvers, typeDefs } from './graph.js';
import { pooled } from './upstream.js';

const schema = makeExecutableSchema({ typeDefs, resolvers });
const getJson = pooled();
const compiled = new Map();

function plan(query) {
  const known = compiled.get(query);
  if (known) return known;
  const document = parse(query);
  const errors = validate(schema, document);
  if (errors.length) throw errors[0];
  const made = compileQuery(schema, document, undefined, { customJSONSerializer: true });
  if (!isCompiledQuery(made)) throw made.errors[0];
  compiled.set(query, made);
  return made;
}

async function answer(text) {
  const { query, variables } = JSON.parse(text);
  const made = plan(query);
  const result = await made.query(undefined, { loaders: loaders(getJson) }, variables);
  return made.stringify(result);
}

const server = createServer((request, response) => {
  const parts = [];
  request.on('data', (part) => parts.push(part));
  request.on('end', () => {
    answer(Buffer.concat(parts).toString()).then(
      (body) => {
        const bytes = Buffer.from(body);
        response.writeHead(200, {
          'content-type': 'application/json',
          'content-length': bytes.length,
        });
        response.end(bytes);
      },
      (error) => {
        response.writeHead(500).end(JSON.stringify({ errors: [{ message: String(error) }] }));
      },
    );
  });
});
server.listen(Number(process.env.BENCH_PORT), '127.0.0.1');
