import { MOST_PENDING } from "./documents";
import type { Move } from "./meaning";
import { DUAL, type PendingWrite, rung, type State } from "./records";
import { useSpeech } from "./speech";
import { isWord } from "./words";

interface Props {
  state: State;
  writes: readonly PendingWrite[];
  ask: (move: Move) => void;
}

/** Writes that one side has and the other not yet; a stuck one is tried again from here. */
export function Pending({ state, writes, ask }: Props) {
  const { say, count, moment } = useSpeech();
  if (writes.length === 0 && (rung(state) ?? 0) < DUAL) return null;
  const stuck = writes.filter((one) => one.state === "DEAD").length;
  return (
    <section className="card" aria-label={say("pending")}>
      <h3>
        {say("pending")}{" "}
        {stuck > 0 && <small className="alarm">✗ {say("stuckWrites", count(stuck))}</small>}
      </h3>
      {writes.length === 0 ? (
        <p className="quiet">✓ {say("nothingPending")}</p>
      ) : (
        <div className="scroll">
          <table>
            <thead>
              <tr>
                <th scope="col">{say("write")}</th>
                <th scope="col">{say("howFar")}</th>
                <th scope="col">{say("attempts")}</th>
                <th scope="col">{say("since")}</th>
                <th scope="col">
                  <span className="unseen">{say("steps")}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {writes.map((one) => (
                <tr key={one.id} data-pending={one.state}>
                  <th scope="row">
                    {isWord(one.kind) ? say(one.kind) : one.kind} <small>{one.connector}</small>
                    <br />
                    <small className="reference">{one.reference}</small>
                  </th>
                  <td>
                    {say(one.state)}
                    {one.reason !== null && (
                      <>
                        <br />
                        <code>{one.reason}</code>
                      </>
                    )}
                  </td>
                  <td>{count(one.attempts)}</td>
                  <td>
                    <small>{moment(one.createdAt)}</small>
                  </td>
                  <td>
                    {one.state === "DEAD" && (
                      <button
                        type="button"
                        data-step="retryPendingWrite"
                        aria-label={`${say("retry")} ${one.reference}`}
                        onClick={() => ask({ kind: "retry", write: one })}
                      >
                        ↻ {say("retry")}
                      </button>
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
          {writes.length >= MOST_PENDING && <p className="quiet">{say("mayBeMore")}</p>}
        </div>
      )}
    </section>
  );
}
