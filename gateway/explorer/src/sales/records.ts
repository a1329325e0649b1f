/** What the graph answers, as this page asks it. */

export type State = "DRAFT" | "PRELOADED" | "OPEN" | "PAUSED" | "CLOSED" | "RECONCILED";

export interface Money {
  amount: string;
  currency: string;
}

export interface Listed {
  id: string;
  state: State;
  sku: string;
  opensAt: string;
  closesAt: string;
  desk: { waiting: { id: string; yours: boolean }[] };
}

export interface Channel {
  code: string;
  name: string;
}

export interface Pool {
  channelCode: string | null;
  allocated: number;
  remaining: number;
  buckets: { number: number; remaining: number; held: boolean }[];
}

export interface Quota {
  channelCode: string;
  units: number;
  sold: number;
  left: number | null;
  over: number;
  state: "PUSHING" | "UNKNOWN" | "ACCEPTED" | "FAILED" | "RETURNING" | "RETURNED";
  reason: string | null;
  lookedAt: string | null;
}

export interface Proposal {
  id: string;
  step: "OPEN" | "TOP_UP";
  units: number;
  channelCode: string | null;
  proposedBy: string;
  proposedAt: string;
  yours: boolean;
}

export interface AnswerCount {
  answer: string;
  count: number;
}

export interface Second {
  at: string;
  answers: AnswerCount[];
}

export interface Rehearsal {
  author: string;
  startedAt: string;
  endedAt: string | null;
  state: "RUNNING" | "DONE" | "FAILED";
  reason: string | null;
  result: {
    units: number;
    people: number;
    reserved: number;
    seconds: number;
    rate: number;
    p50Ms: number;
    p99Ms: number;
    neverLetIn: number;
    faults: string[];
    answers: AnswerCount[];
  } | null;
}

export interface Figures {
  allocated: number;
  remaining: number;
  pending: number;
  paid: number;
  revenue: Money | null;
  released: number;
  pushed: number;
  soldOutside: number;
  faults: string[];
}

export interface Sale {
  id: string;
  sku: string;
  price: Money;
  opensAt: string;
  closesAt: string;
  perMember: number;
  paymentSeconds: number;
  fairness: "ARRIVAL" | "LOT";
  admissionRate: number;
  state: State;
  targetUnits: number | null;
  targetAmount: Money | null;
  desk: {
    version: number;
    supply: { onHand: number; safety: number; elsewhere: number; sellable: number } | null;
    pools: Pool[];
    quotas: Quota[];
    rehearsal: Rehearsal | null;
    waiting: Proposal[];
    answers: AnswerCount[];
    seconds: Second[];
  };
}

export interface Refusal {
  code: string;
  message: string;
  detail?: string;
}
