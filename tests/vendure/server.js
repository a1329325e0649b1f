/** Vendure on loopback, on a database in memory. Rows of the past keep their own moments. */
import { createHash } from "node:crypto";
import vendure from "@vendure/core";

const { Customer, CustomerEvent, EventBus, Order, TransactionalConnection } = vendure;
let rows;

/** As an import of an earlier shop's rows does it: Vendure itself knows only now. */
const moments = {
  init(injector) {
    rows = injector.get(TransactionalConnection);
    injector.get(EventBus).registerBlockingEventHandler({
      id: "joined-at",
      event: CustomerEvent,
      async handler({ ctx, type, entity }) {
        const { joinedAt } = entity.customFields;
        if (type !== "created" || !joinedAt) return;
        await rows.getRepository(ctx, Customer).update(entity.id, { createdAt: joinedAt });
      },
    });
  },
  async onTransitionEnd(from, to, { ctx, order }) {
    const { soldAt } = order.customFields;
    if (!order.orderPlacedAt || !soldAt) return;
    order.orderPlacedAt = soldAt;
    await rows.getRepository(ctx, Order).update(order.id, { orderPlacedAt: soldAt });
  },
};

/** The bcrypt of the default takes 180 ms of each call that shows a key, and is native code. */
const digest = (text) => createHash("sha256").update(text).digest("hex");
const hashing = {
  hash: async (text) => digest(text),
  check: async (text, hash) => digest(text) === hash,
};

const moment = (name) => ({ name, type: "datetime", nullable: true });
const app = await vendure.bootstrap({
  logger: new vendure.DefaultLogger({ level: vendure.LogLevel.Warn }),
  apiOptions: { port: Number(process.env.PORT), hostname: "127.0.0.1", cors: false },
  authOptions: {
    tokenMethod: ["bearer", "api-key"],
    superadminCredentials: { identifier: "superadmin", password: process.env.VENDURE_PASSWORD },
    passwordHashingStrategy: hashing,
    adminApiKeyStrategy: new vendure.RandomBytesApiKeyStrategy({ hashingStrategy: hashing }),
  },
  dbConnectionOptions: { type: "sqljs", synchronize: true, logging: false },
  customFields: { Customer: [moment("joinedAt")], Order: [moment("soldAt")] },
  orderOptions: { process: [vendure.defaultOrderProcess, moments] },
  paymentOptions: { paymentMethodHandlers: [] },
});
console.log(`listening at ${await app.getUrl()}`);
