// The graph over the three systems: loaders made for each request, and its resolvers.

import { readFileSync } from 'node:fs';
import DataLoader from 'dataloader';
import { systems } from './systems.js';

export const typeDefs = readFileSync(new URL('../schema.graphql', import.meta.url), 'utf8');

// `getJson(path)` is the peer's own HTTP client.
export function loaders(getJson) {
  return systems.map((system) => ({
    system,
    membership: new DataLoader(async (phones) => {
      const asked = phones.map(system.phone).join(',');
      const rows = await getJson(`/${system.path}/customers?phone=${asked}&limit=100&offset=0`);
      const found = new Map(rows.map((row) => [system.phoneOf(row), system.membership(row)]));
      return phones.map((phone) => found.get(phone) ?? null);
    }),
    orders: new DataLoader(
      async (keys) => {
        const customers = keys.map((key) => key.customer).join(',');
        const limit = Math.max(...keys.map((key) => key.limit));
        const path = `/${system.path}/orders?customer=${customers}&limit=${limit}&offset=0`;
        const rows = await getJson(path);
        const found = new Map(keys.map((key) => [key.customer, []]));
        for (const row of rows) found.get(system.customerOf(row))?.push(system.order(row));
        return keys.map((key) => found.get(key.customer));
      },
      { cacheKeyFn: (key) => `${key.customer}:${key.limit}` },
    ),
  }));
}

export const resolvers = {
  Query: {
    async member(_, { by }, context) {
      const all = await Promise.all(context.loaders.map((one) => one.membership.load(by.phone)));
      const memberships = all.filter((one) => one !== null);
      return memberships.length ? { memberships } : null;
    },
  },
  Member: {
    async orders(member, { first }, context) {
      const lists = await Promise.all(
        context.loaders.map(({ system, orders }) => {
          const own = member.memberships.find((one) => one.channel.code === system.channel);
          return own ? orders.load({ customer: own.number, limit: first + 1 }) : [];
        }),
      );
      const merged = lists.flat().sort(newestFirst);
      return {
        edges: merged.slice(0, first).map((node) => ({ node })),
        pageInfo: { hasNextPage: merged.length > first },
      };
    },
  },
};

function newestFirst(one, other) {
  if (one.placedAt === other.placedAt) return one.number < other.number ? 1 : -1;
  return one.placedAt < other.placedAt ? 1 : -1;
}
