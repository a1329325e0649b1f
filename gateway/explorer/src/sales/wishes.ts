import { mutation, type Step } from "./documents";
import { ask, type Caller } from "./graph";
import type { Refusal } from "./records";

// A wish whose answer got lost goes out again under the key it had: it is done once.
const keys = new Map<string, string>();

/** Take a step; why it was refused, or null where it was done. */
export async function wish(
  caller: Caller,
  step: Step,
  given: Record<string, unknown>,
): Promise<Refusal | null> {
  const named = `${step} ${JSON.stringify(given)}`;
  const idempotencyKey = keys.get(named) ?? newKey();
  keys.set(named, idempotencyKey);
  const { done } = await ask<{ done: Partial<Refusal> }>(caller, mutation(step), {
    input: { ...given, idempotencyKey },
  });
  keys.delete(named);
  if (done.code === undefined) return null;
  return { code: done.code, message: done.message ?? done.code, detail: done.detail };
}

function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
