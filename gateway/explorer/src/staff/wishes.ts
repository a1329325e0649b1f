import { ask, type Caller } from "./graph";

// A wish whose answer got lost goes out again under the key it had: it is done once.
const keys = new Map<string, string>();

/** What a mutation answered to a wish of this name, whose result it calls `done`. */
export async function wish<T>(
  caller: Caller,
  name: string,
  mutation: string,
  given: Record<string, unknown>,
): Promise<T> {
  const named = `${name} ${JSON.stringify(given)}`;
  const idempotencyKey = keys.get(named) ?? newKey();
  keys.set(named, idempotencyKey);
  const { done } = await ask<{ done: T }>(caller, mutation, { input: { ...given, idempotencyKey } });
  keys.delete(named);
  return done;
}

function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
