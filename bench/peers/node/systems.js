// The three systems: what is asked of each, and how its rows become the graph's objects.

const CHANNELS = { erp: { code: 'erp' }, web: { code: 'web' }, pos: { code: 'pos' } };
const moment = (text) => new Date(text).toISOString();
const money = (amount, currency) => ({ amount, currency });

const SAP_STATES = { C: 'COMPLETED', B: 'CONFIRMED', X: 'CANCELLED' };
const SHOP_STATES = { completed: 'COMPLETED', processing: 'CONFIRMED', cancelled: 'CANCELLED' };
const POS_STATES = { 0: 'COMPLETED', 2: 'CONFIRMED', 4: 'CANCELLED' };

const erp = {
  path: 'sap',
  channel: 'erp',
  phone: (national) => `%2B86${national}`,
  phoneOf: (row) => row.phone.slice(3),
  customerOf: (row) => row.soldTo,
  membership: (row) => ({
    number: row.customer,
    channel: CHANNELS.erp,
    joinedAt: moment(row.createdOn),
    tier: { name: row.programme.level },
    points: { available: row.programme.balance },
  }),
  order: (row) => ({
    number: row.salesOrder,
    channel: CHANNELS.erp,
    placedAt: moment(row.createdAt),
    status: SAP_STATES[row.overallStatus] ?? 'UNKNOWN',
    total: money(row.netAmount, row.currency),
    lines: row.items.map((line) => ({
      rawSku: line.material,
      name: line.text,
      quantity: line.quantity,
      total: money(line.netAmount, row.currency),
    })),
  }),
};

const web = {
  path: 'shop',
  channel: 'web',
  phone: (national) => national,
  phoneOf: (row) => row.phone,
  customerOf: (row) => String(row.customer_id),
  membership: (row) => ({
    number: String(row.id),
    channel: CHANNELS.web,
    joinedAt: moment(`${row.date_created_gmt}Z`),
    tier: { name: row.tier },
    points: { available: row.points },
  }),
  order: (row) => ({
    number: String(row.id),
    channel: CHANNELS.web,
    placedAt: moment(`${row.date_created_gmt}Z`),
    status: SHOP_STATES[row.status] ?? 'UNKNOWN',
    total: money(row.total, row.currency),
    lines: row.line_items.map((line) => ({
      rawSku: line.sku,
      name: line.name,
      quantity: String(line.quantity),
      total: money(line.total, row.currency),
    })),
  }),
};

const local = (text) => moment(`${text.replace(' ', 'T')}+08:00`);

const pos = {
  path: 'pos',
  channel: 'pos',
  phone: (national) => national,
  phoneOf: (row) => row.phone_number,
  customerOf: (row) => row.customer,
  membership: (row) => ({
    number: row.person_id,
    channel: CHANNELS.pos,
    joinedAt: local(row.since),
    tier: { name: row.package },
    points: { available: Number(row.points) },
  }),
  order: (row) => ({
    number: row.sale_id,
    channel: CHANNELS.pos,
    placedAt: local(row.sale_time),
    status: POS_STATES[row.sale_status] ?? 'UNKNOWN',
    total: money(row.total, row.currency),
    lines: row.items.map((line) => ({
      rawSku: line.item_number,
      name: line.name,
      quantity: line.qty,
      total: money(line.amount, row.currency),
    })),
  }),
};

// in the order in which the graph lists memberships
export const systems = [erp, pos, web];
