import { useEffect, useRef, useState } from "react";

import { type Caller, Cut, follow, NotAnswered } from "../staff/graph";
import type { Chosen } from "./AdoptionPage";
import { DIFFS } from "./documents";
import type { Diff } from "./records";

/** More are not kept: whoever wants all of them reads the report. */
const MOST_KEPT = 50;
const AGAIN_MS = 3_000;

export type Watch = "off" | "begins" | "on" | "broken";

interface Live {
  watch: Watch;
  trouble: string | null;
  /** The newest first. */
  diffs: readonly Diff[];
}

/** Differences as they are found, while `on`; behind a cut it goes on where it was. */
export function useLive(caller: Caller, chosen: Chosen, on: boolean): Live {
  const [live, setLive] = useState<Live>({ watch: "off", trouble: null, diffs: [] });
  const last = useRef<string | null>(null);
  const { channel, capability } = chosen;

  useEffect(() => {
    if (!on) {
      setLive((before) => ({ ...before, watch: "off", trouble: null }));
      return;
    }
    const ended = new AbortController();
    let again: ReturnType<typeof setTimeout> | undefined;
    const begin = async () => {
      setLive((before) => ({ ...before, watch: "begins" }));
      try {
        const given = { channel, capability, after: last.current };
        const heard = ({ adoptionDiff }: { adoptionDiff: Diff }) => {
          last.current = adoptionDiff.eventId;
          setLive(({ diffs }) => ({
            watch: "on",
            trouble: null,
            diffs: [adoptionDiff, ...diffs].slice(0, MOST_KEPT),
          }));
        };
        const opened = () => setLive((before) => ({ ...before, watch: "on", trouble: null }));
        await follow<{ adoptionDiff: Diff }>(caller, DIFFS, given, ended.signal, heard, opened);
      } catch (error) {
        if (ended.signal.aborted) return;
        // What the gateway has forgotten is not to be had again: from now on, then.
        if (error instanceof NotAnswered && !(error instanceof Cut)) last.current = null;
        setLive((before) => ({ ...before, watch: "broken", trouble: (error as Error).message }));
      }
      if (!ended.signal.aborted) again = setTimeout(() => void begin(), AGAIN_MS);
    };
    void begin();
    return () => {
      ended.abort();
      clearTimeout(again);
    };
  }, [caller, channel, capability, on]);

  return live;
}
