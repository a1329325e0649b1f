import type { Caller } from "../staff/graph";
import type { Chosen } from "./AdoptionPage";
import { CONFLICTS } from "./documents";
import type { Move } from "./meaning";
import type { Conflict, Side } from "./records";
import { useSpeech } from "./speech";
import { useAsked } from "./useAsked";

const CONFLICTS_MS = 5_000;
const SIDES: readonly Side[] = ["LEGACY", "PLATFORM"];

interface Props {
  caller: Caller;
  chosen: Chosen;
  /** Raised when one was decided. */
  turn: number;
  ask: (move: Move) => void;
}

interface Found {
  adoptionConflicts: { nodes: Conflict[]; totalCount: { value: number } };
}

/** Where both sides changed the same and nobody is to win by himself: a person says who is right. */
export function Conflicts({ caller, chosen, turn, ask }: Props) {
  const { say, count, moment } = useSpeech();
  const { found, trouble } = useAsked<Found>(caller, CONFLICTS, CONFLICTS_MS, { ...chosen }, turn);
  const conflicts = found?.adoptionConflicts.nodes ?? [];
  if (conflicts.length === 0 && trouble === null) return null;
  const all = found?.adoptionConflicts.totalCount.value ?? 0;
  return (
    <section className="card" aria-label={say("conflicts")}>
      <h3>
        {say("conflicts")} <small className="alarm">! {say("conflictsOpen", count(all))}</small>
      </h3>
      {trouble !== null && <p role="alert">{trouble}</p>}
      <ul className="conflicts">
        {conflicts.map((one) => (
          <li key={one.id} data-conflict={one.id}>
            <p>
              <small>
                {one.connector} · {moment(one.foundAt)}
              </small>
            </p>
            <Sides conflict={one} />
            <div className="answers">
              {SIDES.map((keep) => (
                <button
                  key={keep}
                  type="button"
                  data-step="decideConflict"
                  data-keep={keep}
                  aria-label={say("keepOf", say(keep), one.fields.map(({ field }) => field).join(", "))}
                  onClick={() => ask({ kind: "decide", conflict: one, keep })}
                >
                  {say("keepSide", say(keep))}
                </button>
              ))}
            </div>
          </li>
        ))}
      </ul>
      {all > conflicts.length && <p className="quiet">{say("oldestOnly", conflicts.length)}</p>}
    </section>
  );
}

function Sides({ conflict }: { conflict: Conflict }) {
  const { say } = useSpeech();
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">{say("field")}</th>
          <th scope="col">{say("LEGACY")}</th>
          <th scope="col">{say("PLATFORM")}</th>
        </tr>
      </thead>
      <tbody>
        {conflict.fields.map((one) => (
          <tr key={one.field}>
            <th scope="row">{one.field}</th>
            <td>{one.legacy ?? "–"}</td>
            <td>{one.platform ?? "–"}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
