import {
  type Conflict,
  LADDER,
  type PendingWrite,
  rung,
  type Side,
  type Standing,
  type State,
} from "./records";
import { type Routing, rerouted } from "./routing";
import type { Speech } from "./speech";

/** A move that a person is asked about. */
export type Move =
  | { kind: "promote"; target: State }
  | { kind: "rollback"; target: State }
  | { kind: "resume"; target: State }
  | { kind: "halt" }
  | { kind: "percent"; side: "READ" | "WRITE"; points: number }
  | { kind: "explain"; field: string; class: string }
  | { kind: "keep" }
  | { kind: "policy" }
  | { kind: "sign"; signature: Signature }
  | { kind: "route"; before: Routing; routing: Partial<Routing> }
  | { kind: "retry"; write: PendingWrite }
  | { kind: "decide"; conflict: Conflict; keep: Side };

/** What only a person can vouch for, by the gate that asks it. */
export const SIGNATURES = {
  "owner-named": "OWNER_NAMED",
  "runbook-rehearsed": "RUNBOOK_REHEARSED",
  "business-signed": "BUSINESS_SIGNED",
  "archive-exported": "ARCHIVE_EXPORTED",
} as const;
export type Signature = (typeof SIGNATURES)[keyof typeof SIGNATURES];

/** What a move will change, in sentences for whoever confirms it. */
export function meaning(move: Move, standing: Standing, speech: Speech): string[] {
  const { say, share } = speech;
  switch (move.kind) {
    case "halt":
      return [say("halted")];
    case "explain":
      return [say("explains")];
    case "keep":
      return [say("keepsAll"), say("keeps")];
    case "policy":
      return [say("chooses")];
    case "sign":
      return [say("signs")];
    case "route":
      return rerouted(move.before, move.routing, speech);
    case "decide":
      return [
        say("decides", move.conflict.fields.map(({ field }) => field).join(", "), say(move.keep)),
        say("decidedOnce"),
      ];
    case "retry":
      return [say("retries", move.write.reference)];
    case "resume":
      return [say("resumes"), ...stands(move.target, standing, speech)];
    case "promote":
      return stands(move.target, standing, speech);
    case "rollback":
      return [
        ...(drains(standing.state, move.target) ? [say("drainsFirst")] : []),
        ...stands(move.target, standing, speech),
        say("evidenceAgain"),
      ];
    case "percent": {
      const before = move.side === "READ" ? standing.readPoints : standing.writePoints;
      const word =
        move.side === "WRITE" ? "writesUp" : move.points > before ? "movesUp" : "movesDown";
      return [say(word, share(before), share(move.points))];
    }
  }
}

/** Who answers and who is written in a state. */
function stands(target: State, standing: Standing, { say, share }: Speech): string[] {
  switch (target) {
    case "SHADOW_READ":
      return [say("keepsAll"), say("comparesBeside")];
    case "CANARY_READ":
      return [say("canaryBegins"), say("comparesBeside"), say("writesLegacy")];
    case "MIDDLE_READ":
      return [say("answersAll"), say("writesLegacy")];
    case "DUAL_WRITE_LEGACY_LEAD":
      return [say("writesBothLegacy")];
    case "DUAL_WRITE_MIDDLE_LEAD": {
      const points = standing.state === "MIDDLE_OWNED" ? 10_000 : 0;
      return [say("writesBothPlatform", share(points))];
    }
    case "MIDDLE_OWNED":
      return [say("owned")];
    case "LEGACY_RETIRED":
      return [say("retired")];
    default:
      return [say("keepsAll"), say("stopsComparing")];
  }
}

function drains(from: State, to: State): boolean {
  const leads = LADDER.indexOf("DUAL_WRITE_MIDDLE_LEAD");
  return (rung(from) ?? 0) >= leads && (rung(to) ?? 0) < leads;
}

/** Where a pair can go back to: every step below, the nearest first. */
export function below(state: State, from: State | null): State[] {
  if (state === "STAYS_LEGACY") return ["FEDERATED_READ"];
  // Out of a halt it may go on where it was.
  const here = rung(state) ?? (rung(from ?? "FEDERATED_READ") ?? 0) + 1;
  return LADDER.slice(1, here).toReversed();
}
