import type { Move } from "./meaning";
import type { Comparison, FieldFigures, Sample } from "./records";
import { useSpeech } from "./speech";
import { isWord } from "./words";

interface Props {
  comparison: Comparison;
  ask: (move: Move) => void;
}

/** What was compared: by class, by field, and masked samples of what differed. */
export function Compared({ comparison, ask }: Props) {
  const { say, count, moment } = useSpeech();
  const { classes, fields, samples, since } = comparison;
  const all = classes.reduce((sum, one) => sum + one.count, 0);
  const found = fields.filter(isFound);
  const rest = fields.filter((one) => !isFound(one));
  return (
    <section className="card" aria-label={say("comparison")}>
      <h3>
        {say("comparison")} {since !== null && <small>{say("comparedSince", moment(since), count(all))}</small>}
      </h3>
      <ul className="classes">
        {classes.map((one) => (
          <li key={one.class} data-class={one.class}>
            {isWord(one.class) ? say(one.class) : one.class} <b>{count(one.count)}</b>
          </li>
        ))}
      </ul>
      {found.length > 0 && <Fields fields={found} ask={ask} />}
      {rest.length > 0 && (
        <details>
          <summary>{say("alikeFields", rest.length)}</summary>
          <Fields fields={rest} ask={ask} />
        </details>
      )}
      {samples.length > 0 && <Samples samples={samples} />}
    </section>
  );
}

/** Whether anything but the same was ever seen of a field. */
function isFound({ mismatched, lag, expected }: FieldFigures): boolean {
  return mismatched + lag + expected > 0;
}

interface FieldsProps {
  fields: readonly FieldFigures[];
  ask: (move: Move) => void;
}

function Fields({ fields, ask }: FieldsProps) {
  const { say, count, rate } = useSpeech();
  return (
    <div className="scroll">
      <table>
        <thead>
          <tr>
            <th scope="col">{say("field")}</th>
            <th scope="col">{say("compared")}</th>
            <th scope="col">{say("differs")}</th>
            <th scope="col">{say("late")}</th>
            <th scope="col">{say("explained")}</th>
            <th scope="col">
              <span className="unseen">{say("steps")}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {fields.map((one) => (
            <tr key={one.field} data-field={one.field} data-differs={one.mismatched > 0}>
              <th scope="row">
                {one.field} {one.critical && <small className="critical">{say("critical")}</small>}
              </th>
              <td>{count(one.compared)}</td>
              <td>
                {count(one.mismatched)}
                {one.mismatched > 0 && <small> {rate(one.mismatched, one.compared)}</small>}
              </td>
              <td>{count(one.lag)}</td>
              <td>{count(one.expected)}</td>
              <td>
                {one.mismatched > 0 && !one.critical && (
                  <button
                    type="button"
                    data-step="acknowledgeDiff"
                    aria-label={`${say("explain")} ${one.field}`}
                    onClick={() => ask({ kind: "explain", field: one.field, class: "MISMATCH" })}
                  >
                    {say("explain")}
                  </button>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Samples({ samples }: { samples: readonly Sample[] }) {
  const { say, moment } = useSpeech();
  return (
    <details>
      <summary>
        {say("samples")} ({samples.length})
      </summary>
      <div className="scroll">
        <table>
          <thead>
            <tr>
              <th scope="col">{say("field")}</th>
              <th scope="col">{say("LEGACY")}</th>
              <th scope="col">{say("PLATFORM")}</th>
              <th scope="col" />
            </tr>
          </thead>
          <tbody>
            {samples.map((one, place) => (
              <tr key={place}>
                <th scope="row">
                  {one.field || say("wholeRecord")}{" "}
                  <small>{isWord(one.class) ? say(one.class) : one.class}</small>
                </th>
                <td>{one.legacy ?? "–"}</td>
                <td>{one.platform ?? "–"}</td>
                <td>
                  <small>{moment(one.at)}</small>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}
