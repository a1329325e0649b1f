import { useCallback, useEffect, useReducer } from "react";

import { FIGURES_OF, MOMENTS, SALE } from "./documents";
import { ask, type Caller, follow } from "../staff/graph";
import type { Figures, Sale, Second, State } from "./records";

const KEPT_MS = 5 * 60_000;
const FIGURES_MS = 5_000;
const AGAIN_MS = 2_000;

/** What was left at a moment, by channel; the empty name is what all share. */
export interface StockPoint {
  at: number;
  left: Record<string, number>;
}

interface Seen {
  id: string;
  sale: Sale | null;
  figures: Figures | null;
  auditedAt: number | null;
  stock: StockPoint[];
  seconds: Map<number, Second>;
  /** How far the store's clock is ahead of the browser's. */
  skewMs: number;
  live: boolean;
  trouble: string | null;
}

type Heard =
  | { kind: "other"; id: string }
  | { kind: "sale"; sale: Sale; at: number; live: boolean }
  | { kind: "figures"; figures: Figures | null; at: number }
  | { kind: "cut"; why: string | null };

const nothing = (id: string): Seen => ({
  id,
  sale: null,
  figures: null,
  auditedAt: null,
  stock: [],
  seconds: new Map(),
  skewMs: 0,
  live: false,
  trouble: null,
});

function seen(before: Seen, heard: Heard): Seen {
  switch (heard.kind) {
    case "other":
      return heard.id === before.id ? before : nothing(heard.id);
    case "cut":
      return { ...before, live: false, trouble: heard.why };
    case "figures":
      return { ...before, figures: heard.figures, auditedAt: heard.at };
    case "sale":
      return heard.live
        ? { ...withSale(before, heard.sale, heard.at), skewMs: heard.at - Date.now(), live: true }
        : withSale(before, heard.sale, heard.at + before.skewMs);
  }
}

function withSale(before: Seen, sale: Sale, at: number): Seen {
  const left = Object.fromEntries(
    sale.desk.pools.map(({ channelCode, remaining }) => [channelCode ?? "", remaining]),
  );
  const stock = [...before.stock, { at, left }].filter((one) => one.at > at - KEPT_MS);
  const seconds = new Map([...before.seconds].filter(([when]) => when > at - KEPT_MS));
  for (const second of sale.desk.seconds) seconds.set(Date.parse(second.at), second);
  return { ...before, sale, stock, seconds, trouble: null };
}

/** One sale as it goes on: told every second, its audit asked every few; `refresh` asks at once. */
export function useSale(
  caller: Caller,
  id: string,
): Seen & { refresh: () => Promise<State | null> } {
  const [state, hear] = useReducer(seen, id, nothing);

  const refresh = useCallback(async () => {
    try {
      const { flashSale } = await ask<{ flashSale: (Sale & { figures: Figures }) | null }>(
        caller,
        SALE,
        { id },
      );
      if (flashSale === null) throw new Error(`${id}?`);
      hear({ kind: "sale", sale: flashSale, at: Date.now(), live: false });
      hear({ kind: "figures", figures: flashSale.figures, at: Date.now() });
      return flashSale.state;
    } catch (error) {
      hear({ kind: "cut", why: String((error as Error).message) });
      return null;
    }
  }, [caller, id]);

  useEffect(() => {
    hear({ kind: "other", id });
    const gone = new AbortController();
    void told(caller, id, gone.signal, hear, refresh);
    const audit = setInterval(() => {
      ask<{ flashSale: { figures: Figures } | null }>(caller, FIGURES_OF, { id })
        .then(({ flashSale }) =>
          hear({ kind: "figures", figures: flashSale?.figures ?? null, at: Date.now() }),
        )
        .catch(() => {}); // the stream says what is wrong
    }, FIGURES_MS);
    return () => {
      gone.abort();
      clearInterval(audit);
    };
  }, [caller, id, refresh]);

  return { ...state, refresh };
}

/** Follow the sale, again and again where it is cut, until it is reconciled or nobody looks. */
async function told(
  caller: Caller,
  id: string,
  gone: AbortSignal,
  hear: (heard: Heard) => void,
  refresh: () => Promise<State | null>,
): Promise<void> {
  while ((await refresh()) !== "RECONCILED" && !gone.aborted) {
    let why: string | null = null;
    try {
      await follow<{ flashSale: { at: string; sale: Sale | null } }>(
        caller,
        MOMENTS,
        { id },
        gone,
        ({ flashSale: { at, sale } }) => {
          if (sale !== null) hear({ kind: "sale", sale, at: Date.parse(at), live: true });
        },
      );
    } catch (error) {
      why = String((error as Error).message);
    }
    if (gone.aborted) return;
    hear({ kind: "cut", why });
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  }
}
