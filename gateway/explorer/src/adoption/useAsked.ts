import { useCallback, useEffect, useRef, useState } from "react";

import { ask, type Caller } from "../staff/graph";

interface Asked<T> {
  found: T | null;
  trouble: string | null;
  refresh: () => Promise<void>;
}

/** What a query answers, asked again and again while the page is looked at. */
export function useAsked<T>(
  caller: Caller,
  query: string,
  everyMs: number,
  variables?: Readonly<Record<string, unknown>>,
  /** Another number asks at once. */
  turn = 0,
): Asked<T> {
  const [found, setFound] = useState<T | null>(null);
  const [trouble, setTrouble] = useState<string | null>(null);
  const latest = useRef(0);
  const named = JSON.stringify(variables ?? {});

  const refresh = useCallback(async () => {
    if (caller.token === "") return;
    const turn = ++latest.current;
    try {
      const data = await ask<T>(caller, query, JSON.parse(named) as Record<string, unknown>);
      if (turn !== latest.current) return; // an older answer that was overtaken
      setFound(data);
      setTrouble(null);
    } catch (error) {
      if (turn === latest.current) setTrouble((error as Error).message);
    }
  }, [caller, query, named]);

  useEffect(() => {
    setFound(null);
  }, [caller.token]);

  useEffect(() => {
    void refresh();
    const again = setInterval(() => {
      if (!document.hidden) void refresh();
    }, everyMs);
    return () => clearInterval(again);
  }, [refresh, everyMs, turn]);

  return { found, trouble, refresh };
}
