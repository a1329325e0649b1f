/** What the page asks of the graph: everything on it is also an operation of anybody's client. */

const PLAIN = `id sku price { amount currency } opensAt closesAt perMember paymentSeconds fairness
  admissionRate state targetUnits targetAmount { amount currency }`;
const DESK = `version supply { onHand safety elsewhere sellable }
  pools { channelCode allocated remaining buckets { number remaining held } }
  quotas { channelCode units sold left over state reason lookedAt }
  rehearsal { author startedAt endedAt state reason result { units people reserved seconds rate
    p50Ms p99Ms neverLetIn faults answers { answer count } } }
  waiting { id step units channelCode proposedBy proposedAt yours } answers { answer count }`;
const FIGURES = "allocated remaining pending paid revenue { amount currency } released pushed soldOutside faults";
const RESULT = `__typename ... on UserError { code message }
  ... on FlashSaleDeclined { detail }`;

export const SALES = `query Sales {
  flashSales(first: 50) { id state sku opensAt closesAt desk { waiting { id yours } } }
  channels { code name }
}`;

export const SALE = `query Sale($id: ID!) {
  flashSale(id: $id) {
    ${PLAIN} figures { ${FIGURES} }
    desk { ${DESK} seconds(last: 300) { at answers { answer count } } }
  }
}`;

export const FIGURES_OF = `query Figures($id: ID!) {
  flashSale(id: $id) { figures { ${FIGURES} } }
}`;

export const MOMENTS = `subscription Moments($id: ID!) {
  flashSale(id: $id) {
    at
    sale { ${PLAIN} desk { ${DESK} seconds(last: 4) { at answers { answer count } } } }
  }
}`;

/** The mutations by their names, with the type of their input. */
export const STEPS = {
  defineFlashSale: "DefineFlashSaleInput",
  preloadFlashSale: "FlashSaleStepInput",
  rehearseFlashSale: "FlashSaleStepInput",
  openFlashSale: "FlashSaleStepInput",
  topUpFlashSale: "TopUpFlashSaleInput",
  confirmFlashSale: "ConfirmFlashSaleInput",
  withdrawFlashProposal: "WithdrawFlashProposalInput",
  pauseFlashSale: "FlashSaleStepInput",
  resumeFlashSale: "FlashSaleStepInput",
  changeFlashSaleRate: "ChangeFlashSaleRateInput",
  transferFlashStock: "TransferFlashStockInput",
  changeFlashSaleSupply: "ChangeFlashSaleSupplyInput",
  pushFlashQuota: "PushFlashQuotaInput",
  pushFlashQuotaAgain: "FlashQuotaInput",
  takeBackFlashQuota: "FlashQuotaInput",
  settleFlashQuota: "SettleFlashQuotaInput",
  endFlashSale: "FlashSaleStepInput",
  reconcileFlashSale: "FlashSaleStepInput",
} as const;

export type Step = keyof typeof STEPS;

export function mutation(step: Step): string {
  return `mutation Step($input: ${STEPS[step]}!) { done: ${step}(input: $input) { ${RESULT} } }`;
}
