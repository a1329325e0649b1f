/** What the graph answers, as this page asks it. Points are hundredths of a percent. */

import type { Routing } from "./routing";

/** The way of an adoption, in its order; one step at a time up, any number down. */
export const LADDER = [
  "UNREGISTERED",
  "REGISTERED",
  "CONTRACT_OK",
  "FEDERATED_READ",
  "SHADOW_READ",
  "CANARY_READ",
  "MIDDLE_READ",
  "DUAL_WRITE_LEGACY_LEAD",
  "DUAL_WRITE_MIDDLE_LEAD",
  "MIDDLE_OWNED",
  "LEGACY_RETIRED",
] as const;
export type State = (typeof LADDER)[number] | "STAYS_LEGACY" | "HALTED";

export const CAPABILITIES = ["MEMBER", "ORDER", "PROMOTION"] as const;
export type Capability = (typeof CAPABILITIES)[number];
export type Side = "LEGACY" | "PLATFORM";

export interface Channel {
  code: string;
  name: string;
}

export interface Gate {
  name: string;
  required: string;
  observed: string;
  ok: boolean;
  shortened: string | null;
  /** What to do where it fails, in the caller's language. */
  remedy: string;
}

/** Under which durations a verdict is read. */
export const PROFILES = ["production", "demo"] as const;
export type Profile = (typeof PROFILES)[number];

/** How far trends reach back: a demo is over in minutes. */
export const TREND_HOURS: Readonly<Record<Profile, number>> = { production: 72, demo: 3 };

export const POLICIES = ["LEADER_WINS", "FIELD_WISE", "QUEUE"] as const;
export type Policy = (typeof POLICIES)[number];

export interface Verdict {
  target: State;
  profile: string;
  ok: boolean;
  gates: Gate[];
}

export interface TrendPoint {
  at: string;
  compared: number;
  mismatched: number;
}

export interface Standing {
  channelCode: string;
  capability: Capability;
  state: State;
  fromState: State | null;
  readPoints: number;
  writePoints: number;
  version: number;
  evidenceAt: string | null;
  trend: TrendPoint[];
  next: Verdict | null;
}

export interface Change {
  version: number;
  action: string;
  at: string;
  author: string;
  reason: string;
  fromState: State;
  state: State;
  readPoints: number;
  writePoints: number;
  automatic: boolean;
  gates: Gate[];
}

export interface FieldFigures {
  field: string;
  critical: boolean;
  compared: number;
  mismatched: number;
  lag: number;
  expected: number;
}

export interface Sample {
  at: string;
  field: string | null;
  class: string;
  legacy: string | null;
  platform: string | null;
}

export interface Comparison {
  since: string | null;
  classes: { class: string; count: number }[];
  fields: FieldFigures[];
  samples: Sample[];
}

/** From here on both sides are written. */
export const DUAL = LADDER.indexOf("DUAL_WRITE_LEGACY_LEAD");

/** A write that a system was not told of yet, or did not take. */
export interface PendingWrite {
  id: string;
  reference: string;
  connector: string;
  kind: string;
  state: "QUEUED" | "SENDING" | "UNKNOWN" | "DEAD";
  reason: string | null;
  attempts: number;
  createdAt: string;
}

/** What a comparison of both sides as a whole found. */
export interface DriftSeen {
  at: string;
  compared: number;
  differing: number;
  missing: number;
  unknown: number;
  inFlight: number;
  repaired: number;
  taken: number;
  disputed: number;
  fields: { field: string; count: number }[];
}

/** Classes that count against a promotion. */
export const COUNTS: readonly string[] = ["MISMATCH", "MISSING", "EXTRA", "CANDIDATE_ERROR"];

/** A difference as it was found; both sides are masked. */
export interface Diff {
  eventId: string;
  at: string;
  class: string;
  field: string;
  critical: boolean;
  store: string;
  legacy: string | null;
  platform: string | null;
  apart: string | null;
  /** Others of the pair that were found in the same second and only counted. */
  more: number;
}

/** Where both sides changed the same; both are masked. */
export interface Conflict {
  id: string;
  /** Another one as soon as either side has another value. */
  revision: string;
  connector: string;
  foundAt: string;
  fields: { field: string; legacy: string | null; platform: string | null }[];
}

export interface Adoption extends Standing, Routing {
  conflictPolicy: Policy | null;
  frozen: boolean;
  owner: string | null;
  reviewOn: string | null;
  history: Change[];
  comparison: Comparison | null;
  /** Parts of a record that may lag by themselves. */
  parts: string[];
  pending: PendingWrite[];
  /** The newest first. */
  drift: DriftSeen[];
}

export interface Refusal {
  code: string;
  message: string;
  detail?: string;
  gates?: Gate[];
}

/** How far along the way a state is; null for the two beside it. */
export function rung(state: State): number | null {
  const place = (LADDER as readonly State[]).indexOf(state);
  return place < 0 ? null : place;
}

export function failing(verdict: Verdict | null): Gate[] {
  return verdict?.gates.filter(({ ok }) => !ok) ?? [];
}
