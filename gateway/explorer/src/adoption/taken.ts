import type { Caller } from "../staff/graph";
import { wish } from "../staff/wishes";
import { mutation, type Step } from "./documents";
import type { Move } from "./meaning";
import type { Policy, Profile, Refusal, Standing } from "./records";

/** What is asked beside a move: why, and what some of them need. */
export interface Given {
  reason: string;
  until: string;
  pattern: string;
  owner: string;
  policy: Policy;
  profile: Profile;
}

/** Take a move of a pair as it was looked at; why it was refused, or null where it was done. */
export async function taken(
  caller: Caller,
  standing: Standing,
  move: Move,
  given: Given,
): Promise<Refusal | null> {
  const [step, more] = input(move, given);
  const whole = { ...named(step, standing), reason: given.reason, ...more };
  return refused(await wish<Partial<Refusal>>(caller, step, mutation(step), whole));
}

/** Halt everything that can be halted: how much it was, or why it was refused. */
export async function haltedAll(caller: Caller, reason: string): Promise<number | Refusal> {
  const step = "haltAdoptions";
  const done = await wish<Partial<Refusal & Halted>>(caller, step, mutation(step), { reason });
  return refused(done) ?? done.halted?.length ?? 0;
}

interface Halted {
  halted: readonly unknown[];
}

function refused({ code, message = code, detail, gates }: Partial<Refusal>): Refusal | null {
  return code === undefined || message === undefined ? null : { code, message, detail, gates };
}

/** Of what a step is taken. */
function named(step: Step, { channelCode: channel, capability, version }: Standing) {
  switch (step) {
    case "retryPendingWrite": // their ids say which
    case "decideConflict":
      return {};
    case "acknowledgeDiff": // wherever the pair has moved meanwhile
      return { channel, capability };
    default:
      return { channel, capability, version };
  }
}

function input(move: Move, given: Given): readonly [Step, Record<string, unknown>] {
  const { profile, until, policy, pattern, owner } = given;
  switch (move.kind) {
    case "promote":
      return ["promoteAdoption", { target: move.target, profile }];
    case "rollback":
      return ["rollbackAdoption", { target: move.target }];
    case "resume":
      return ["resumeAdoption", { target: move.target, profile }];
    case "halt":
      return ["haltAdoption", {}];
    case "percent":
      return ["setAdoptionPercent", { side: move.side, points: move.points, profile }];
    case "keep":
      return ["keepLegacy", { reviewOn: until }];
    case "policy":
      return ["routeAdoption", { conflictPolicy: policy }];
    case "route":
      return ["routeAdoption", { ...move.routing }];
    case "decide":
      return [
        "decideConflict",
        { conflict: move.conflict.id, revision: move.conflict.revision, keep: move.keep },
      ];
    case "retry":
      return ["retryPendingWrite", { write: move.write.id }];
    case "sign":
      return ["signAdoption", { signature: move.signature }];
    case "explain":
      return [
        "acknowledgeDiff",
        { field: move.field, class: move.class, pattern, owner, until: `${until}T00:00:00Z` },
      ];
  }
}
