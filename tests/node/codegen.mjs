// TypeScript of the printed contract and of client.ts's query; SANTONG_SCHEMA names another contract.
const schema = process.env.SANTONG_SCHEMA ?? "../../schema/santong.graphql";

const config = {
  strictScalars: true,
  scalars: {
    DateTime: "string",
    Date: "string",
    Decimal: "string",
    CurrencyCode: "string",
    // Of the federation machinery, which a client does not use.
    _Any: "unknown",
    federation__FieldSet: "string",
    link__Import: "unknown",
  },
};

export default {
  schema,
  documents: "./person.graphql",
  generates: {
    "./generated/contract.ts": { plugins: ["typescript"], config },
    "./generated/person.ts": { plugins: ["typescript-operations"], config },
  },
};
