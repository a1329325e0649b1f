import { Gates } from "./Gates";
import { type Change, rung } from "./records";
import { useSpeech } from "./speech";

/** What was decided and what happened by itself, the newest first, with the evidence of the day. */
export function History({ changes }: { changes: readonly Change[] }) {
  const { say, moment, share } = useSpeech();
  return (
    <section className="card" aria-label={say("history")}>
      <h3>{say("history")}</h3>
      {changes.length === 0 && <p className="quiet">{say("noHistory")}</p>}
      <ol className="history">
        {changes.map((one) => (
          <li key={one.version} data-change={one.state} data-way={way(one)}>
            <p>
              <em data-state={one.state}>{say(one.state)}</em>{" "}
              {one.action === "ROUTE" && say("routed")}
              {one.state === "CANARY_READ" && say("readPercent", share(one.readPoints))}
              {one.state === "DUAL_WRITE_MIDDLE_LEAD" && say("writePercent", share(one.writePoints))}
              <small>
                {" "}
                {moment(one.at)} · {one.automatic ? say("itself") : say("by", one.author)}
              </small>
            </p>
            <p>{one.reason}</p>
            {one.gates.length > 0 && (
              <details>
                <summary>{say("evidenceThen", one.gates.length)}</summary>
                <Gates gates={one.gates} />
              </details>
            )}
          </li>
        ))}
      </ol>
    </section>
  );
}

function way({ action, state, fromState }: Change): "up" | "down" | "beside" | "same" {
  if (action === "ROUTE") return "same";
  const [to, from] = [rung(state), rung(fromState)];
  if (to === null || from === null) return "beside";
  return to >= from ? "up" : "down";
}
