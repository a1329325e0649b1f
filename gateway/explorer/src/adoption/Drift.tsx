import { Bars } from "./Bars";
import { type DriftSeen, DUAL, rung, type State } from "./records";
import { useSpeech } from "./speech";

interface Props {
  state: State;
  /** The newest first. */
  seen: readonly DriftSeen[];
}

/** In what both sides differ when all of it is compared: now, and how that went. */
export function Drift({ state, seen }: Props) {
  const { say, count, moment } = useSpeech();
  const [last] = seen;
  if (last === undefined) {
    return (rung(state) ?? 0) < DUAL ? null : (
      <section className="card" aria-label={say("drift")}>
        <h3>{say("drift")}</h3>
        <p className="quiet">{say("neverReconciled")}</p>
      </section>
    );
  }
  const runs = seen.toReversed();
  const fields = [...new Set(seen.flatMap((one) => one.fields.map(({ field }) => field)))];
  const of = (run: DriftSeen, field: string) =>
    run.fields.find((one) => one.field === field)?.count ?? 0;
  const rows = [
    { name: say("allRecords"), counts: runs.map(total) },
    ...fields.map((field) => ({ name: field, counts: runs.map((one) => of(one, field)) })),
  ];
  const differing = total(last);
  return (
    <section className="card" aria-label={say("drift")}>
      <h3>
        {say("drift")}{" "}
        <small>{say("driftAt", moment(last.at), count(last.compared))}</small>
      </h3>
      <p data-drift={differing} className={differing > 0 ? "alarm" : "quiet"}>
        {differing === 0
          ? `✓ ${say("noDrift")}`
          : `✗ ${say("driftNow", count(last.differing), count(last.missing), count(last.unknown))}`}
      </p>
      <p className="quiet">
        {say("driftDone", count(last.repaired), count(last.taken), count(last.disputed), count(last.inFlight))}
      </p>
      <div className="scroll">
        <table>
          <thead>
            <tr>
              <th scope="col">{say("field")}</th>
              <th scope="col">{say("differs")}</th>
              <th scope="col">{say("lastRuns", runs.length)}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ name, counts }) => (
              <tr key={name} data-field-drift={name}>
                <th scope="row">{name}</th>
                <td>{count(counts.at(-1) ?? 0)}</td>
                <td>
                  <Bars counts={counts} label={`${name}: ${counts.map(count).join("; ")}`} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

/** Records that are not the same on both sides. */
function total({ differing, missing, unknown }: DriftSeen): number {
  return differing + missing + unknown;
}
