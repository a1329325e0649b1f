import type { Caller } from "../staff/graph";
import { wish } from "../staff/wishes";
import { mutation, type Step } from "./documents";
import type { Refusal } from "./records";

/** Take a step; why it was refused, or null where it was done. */
export async function taken(
  caller: Caller,
  step: Step,
  given: Record<string, unknown>,
): Promise<Refusal | null> {
  const done = await wish<Partial<Refusal>>(caller, step, mutation(step), given);
  if (done.code === undefined) return null;
  return { code: done.code, message: done.message ?? done.code, detail: done.detail };
}
