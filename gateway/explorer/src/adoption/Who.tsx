import type { Standing } from "./records";
import { rung } from "./records";
import { useSpeech } from "./speech";

const READS = 6;
const OWNS = 9;
const LEADS = 8;

/** Who answers reads and who leads writes, in words and as bars. */
export function Who({ standing }: { standing: Standing }) {
  const { say } = useSpeech();
  const { state, readPoints, writePoints } = standing;
  const here = rung(state) ?? 0;
  // But for a canary and for the platform's first writes the state alone says who it is.
  const reads = here >= READS ? 10_000 : state === "CANARY_READ" ? readPoints : 0;
  const writes = here >= OWNS ? 10_000 : here === LEADS ? writePoints : 0;
  // A halt may leave them where they were: the particulars say so.
  if (state === "HALTED") return null;
  return (
    <dl className="who">
      <Share name={say("answersReads")} points={reads} kind="reads" />
      <Share name={say("leadsWrites")} points={writes} kind="writes" />
    </dl>
  );
}

function Share({ name, points, kind }: { name: string; points: number; kind: string }) {
  const { say, share } = useSpeech();
  return (
    <div data-share={kind}>
      <dt>{name}</dt>
      <dd>
        <b>
          {points === 0
            ? say("LEGACY")
            : points === 10_000
              ? say("PLATFORM")
              : say("bothSides", share(points))}
        </b>
        <meter min="0" max="10000" value={points} aria-label={name} />
      </dd>
    </div>
  );
}
