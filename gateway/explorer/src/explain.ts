import type { Fetcher } from "@graphiql/toolkit";
import { useSyncExternalStore } from "react";

let explained = false;
const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function setExplained(on: boolean): void {
  explained = on;
  for (const listener of listeners) listener();
}

/** Whether the next answers are asked to tell their plan. */
export function useExplained(): boolean {
  return useSyncExternalStore(subscribe, () => explained);
}

/** The switch is read when a query goes out: a new fetcher would read the whole schema again. */
export function explaining(fetcher: Fetcher): Fetcher {
  return (params, options) => {
    if (!explained || params.operationName === "IntrospectionQuery") {
      return fetcher(params, options);
    }
    const asked = { ...params, extensions: { explain: true } };
    return fetcher(asked, options);
  };
}
