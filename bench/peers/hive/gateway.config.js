// Hive Gateway as its guide has it: the unified types are resolved by calls to the subgraphs.

import { defineConfig } from '@graphql-hive/gateway';

const CHANNELS = { erp: { code: 'erp' }, web: { code: 'web' }, pos: { code: 'pos' } };
const STATES = {
  sap: { C: 'COMPLETED', B: 'CONFIRMED', X: 'CANCELLED' },
  shop: { completed: 'COMPLETED', processing: 'CONFIRMED', cancelled: 'CANCELLED' },
  pos: { 0: 'COMPLETED', 2: 'CONFIRMED', 4: 'CANCELLED' },
};
const moment = (text) => new Date(text).toISOString();
const local = (text) => moment(`${text.replace(' ', 'T')}+08:00`);
const money = (amount, currency) => ({ amount, currency });

const systems = [
  {
    name: 'sap',
    channel: 'erp',
    phone: (national) => `+86${national}`,
    customer: '{ customer createdOn programme { level balance } }',
    membership: (row) => ({
      number: row.customer,
      channel: CHANNELS.erp,
      joinedAt: moment(row.createdOn),
      tier: { name: row.programme.level },
      points: { available: row.programme.balance },
    }),
    orders: `{ salesOrder createdAt overallStatus netAmount currency
      items { material text quantity netAmount } }`,
    order: (row) => ({
      number: row.salesOrder,
      channel: CHANNELS.erp,
      placedAt: moment(row.createdAt),
      status: STATES.sap[row.overallStatus] ?? 'UNKNOWN',
      total: money(row.netAmount, row.currency),
      lines: row.items.map((line) => ({
        rawSku: line.material,
        name: line.text,
        quantity: line.quantity,
        total: money(line.netAmount, row.currency),
      })),
    }),
  },
  {
    name: 'pos',
    channel: 'pos',
    phone: (national) => national,
    customer: '{ person_id since package points }',
    membership: (row) => ({
      number: row.person_id,
      channel: CHANNELS.pos,
      joinedAt: local(row.since),
      tier: { name: row.package },
      points: { available: Number(row.points) },
    }),
    orders: '{ sale_id sale_time sale_status total currency items { item_number name qty amount } }',
    order: (row) => ({
      number: row.sale_id,
      channel: CHANNELS.pos,
      placedAt: local(row.sale_time),
      status: STATES.pos[row.sale_status] ?? 'UNKNOWN',
      total: money(row.total, row.currency),
      lines: row.items.map((line) => ({
        rawSku: line.item_number,
        name: line.name,
        quantity: line.qty,
        total: money(line.amount, row.currency),
      })),
    }),
  },
  {
    name: 'shop',
    channel: 'web',
    phone: (national) => national,
    customer: '{ id date_created_gmt tier points }',
    membership: (row) => ({
      number: String(row.id),
      channel: CHANNELS.web,
      joinedAt: moment(`${row.date_created_gmt}Z`),
      tier: { name: row.tier },
      points: { available: row.points },
    }),
    orders: '{ id date_created_gmt status total currency line_items { sku name quantity total } }',
    order: (row) => ({
      number: String(row.id),
      channel: CHANNELS.web,
      placedAt: moment(`${row.date_created_gmt}Z`),
      status: STATES.shop[row.status] ?? 'UNKNOWN',
      total: money(row.total, row.currency),
      lines: row.line_items.map((line) => ({
        rawSku: line.sku,
        name: line.name,
        quantity: String(line.quantity),
        total: money(line.total, row.currency),
      })),
    }),
  },
];

const asked = (system, field, args, selectionSet, root, context, info) =>
  context[system.name].Query[`${system.name}${field}`]({
    root,
    args,
    context,
    info,
    selectionSet,
  });

async function member(root, { by }, context, info) {
  const found = await Promise.all(
    systems.map(async (system) => {
      const args = { phone: system.phone(by.phone) };
      const rows = await asked(system, 'Customers', args, system.customer, root, context, info);
      return rows.map(system.membership);
    }),
  );
  const memberships = found.flat();
  return memberships.length ? { memberships } : null;
}

async function orders(parent, { first }, context, info) {
  const lists = await Promise.all(
    systems.map(async (system) => {
      const own = parent.memberships.find((one) => one.channel.code === system.channel);
      if (!own) return [];
      const args = { customer: own.number, limit: first + 1 };
      const rows = await asked(system, 'Orders', args, system.orders, parent, context, info);
      return rows.map(system.order);
    }),
  );
  const merged = lists.flat().sort((one, other) => (one.placedAt < other.placedAt ? 1 : -1));
  return {
    edges: merged.slice(0, first).map((node) => ({ node })),
    pageInfo: { hasNextPage: merged.length > first },
  };
}

export const gatewayConfig = defineConfig({
  additionalResolvers: { Query: { member }, Member: { orders } },
  graphiql: false,
  landingPage: false,
  logging: 'error',
});
