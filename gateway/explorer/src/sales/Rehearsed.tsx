import type { Rehearsal } from "./records";
import { useSpeech } from "./speech";

/** How the sale went when it was tried out, or that it is being tried out now. */
export function Rehearsed({ rehearsal }: { rehearsal: Rehearsal | null }) {
  const { say, moment } = useSpeech();
  if (rehearsal === null) return null;
  const { state, author, startedAt, reason, result } = rehearsal;
  return (
    <section className="card" aria-label={say("rehearsal")} data-rehearsal={state}>
      <h3>
        {say("rehearsal")} <small>{say("rehearsedBy", author, moment(startedAt))}</small>
      </h3>
      {state === "RUNNING" && <p role="status">{say("rehearsing")}</p>}
      {state === "FAILED" && <p className="bad">{say("rehearsalFailed", reason ?? "?")}</p>}
      {result !== null && <Result result={result} />}
    </section>
  );
}

function Result({ result }: { result: NonNullable<Rehearsal["result"]> }) {
  const { say, count } = useSpeech();
  const { units, people, reserved, faults, neverLetIn } = result;
  return (
    <>
      <p>{say("rehearsedWith", units, people, reserved)}</p>
      <p>{say("rehearsedRate", Math.round(result.rate), count(Math.round(result.seconds * 10) / 10))}</p>
      <p>{say("rehearsedTook", Math.round(result.p50Ms), Math.round(result.p99Ms))}</p>
      {neverLetIn > 0 && <p className="quiet">{say("neverLetIn", neverLetIn)}</p>}
      <p data-audit={faults.length === 0 ? "agrees" : "faults"}>
        {faults.length === 0 ? `✓ ${say("agrees")}` : `✗ ${say("faults", faults.length)}`}
      </p>
      <ul>
        {faults.map((fault) => (
          <li key={fault} lang="en">
            {fault}
          </li>
        ))}
      </ul>
    </>
  );
}
