// A flat list from memory, bytes to bytes: graphql-js, or graphql-jit with its own serialiser.

import { createServer } from 'node:http';
import { execute, parse, validate, buildSchema } from 'graphql';
import { compileQuery } from 'graphql-jit';

const schema = buildSchema(`
  type Query { channels: [Channel!]! }
  type Channel { code: String! name: String! kind: ChannelKind! timeZone: String! }
  enum ChannelKind { STORE MARKETPLACE OTHER }
`);
const channels = Array.from({ length: Number(process.env.BENCH_SIZE) }, (_, place) => ({
  code: `c${String(place).padStart(3, '0')}`,
  name: `Channel ${String(place).padStart(3, '0')}`,
  kind: 'OTHER',
  timeZone: 'Asia/Shanghai',
}));
const root = { channels };
const known = new Map();

function prepared(query) {
  if (!known.has(query)) {
    const document = parse(query);
    const errors = validate(schema, document);
    if (errors.length) throw errors[0];
    known.set(query, process.env.BENCH_WIRE === 'jit' ? compiled(document) : executed(document));
  }
  return known.get(query);
}

function compiled(document) {
  const made = compileQuery(schema, document, undefined, { customJSONSerializer: true });
  return (variables) => made.stringify(made.query(root, {}, variables));
}

const executed = (document) => (variables) =>
  JSON.stringify(execute({ schema, document, rootValue: root, variableValues: variables }));

createServer((request, response) => {
  const parts = [];
  request.on('data', (part) => parts.push(part));
  request.on('end', () => {
    const { query, variables } = JSON.parse(Buffer.concat(parts).toString());
    const bytes = Buffer.from(prepared(query)(variables));
    response.writeHead(200, {
      'content-type': 'application/json',
      'content-length': bytes.length,
    });
    response.end(bytes);
  });
}).listen(Number(process.env.BENCH_PORT), '127.0.0.1');
