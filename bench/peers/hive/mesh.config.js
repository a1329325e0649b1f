// Mesh's JSON schema handlers over the three systems, composed to one graph.

import { readFileSync } from 'node:fs';
import { defineConfig } from '@graphql-mesh/compose-cli';
import { loadJSONSchemaSubgraph } from '@omnigraph/json-schema';

const text = { type: 'string' };
const number = { type: 'integer' };
const object = (title, properties) => ({ type: 'object', title, properties });
const list = (items) => ({ type: 'array', items });

// What the graph needs of each row; what else a row holds is left out by the handler.
const systems = {
  sap: {
    customer: object('SapCustomer', {
      customer: text,
      createdOn: text,
      programme: object('SapProgramme', { level: text, balance: number }),
    }),
    order: object('SapOrder', {
      salesOrder: text,
      createdAt: text,
      overallStatus: text,
      netAmount: text,
      currency: text,
      items: list(
        object('SapLine', { material: text, text, quantity: text, netAmount: text }),
      ),
    }),
  },
  shop: {
    customer: object('ShopCustomer', {
      id: number,
      date_created_gmt: text,
      tier: text,
      points: number,
    }),
    order: object('ShopOrder', {
      id: { type: 'number' },
      date_created_gmt: text,
      status: text,
      total: text,
      currency: text,
      line_items: list(
        object('ShopLine', { sku: text, name: text, quantity: number, total: text }),
      ),
    }),
  },
  pos: {
    customer: object('PosCustomer', { person_id: text, since: text, package: text, points: text }),
    order: object('PosOrder', {
      sale_id: text,
      sale_time: text,
      sale_status: text,
      total: text,
      currency: text,
      items: list(object('PosLine', { item_number: text, name: text, qty: text, amount: text })),
    }),
  },
};

const subgraph = ([name, { customer, order }]) => ({
  sourceHandler: loadJSONSchemaSubgraph(name, {
    endpoint: process.env.BENCH_UPSTREAM,
    operations: [
      {
        type: 'Query',
        field: `${name}Customers`,
        path: `/${name}/customers?phone={args.phone}&limit=100&offset=0`,
        method: 'GET',
        argTypeMap: { phone: { type: 'string' } },
        responseSchema: list(customer),
      },
      {
        type: 'Query',
        field: `${name}Orders`,
        path: `/${name}/orders?customer={args.customer}&limit={args.limit}&offset=0`,
        method: 'GET',
        argTypeMap: { customer: { type: 'string' }, limit: { type: 'integer' } },
        responseSchema: list(order),
      },
    ],
  }),
});

export const composeConfig = defineConfig({
  subgraphs: Object.entries(systems).map(subgraph),
  additionalTypeDefs: readFileSync(new URL('../schema.graphql', import.meta.url), 'utf8').replace(
    'type Query',
    'extend type Query',
  ),
});
