import { type Move, SIGNATURES } from "./meaning";
import type { Gate } from "./records";
import { useSpeech } from "./speech";

interface Props {
  gates: readonly Gate[];
  /** Where given, what a person can do about a gate is offered beside it. */
  ask?: (move: Move) => void;
}

/** What each gate requires and what was observed; the shortened ones say what they were. */
export function Gates({ gates, ask }: Props) {
  const { say } = useSpeech();
  if (gates.length === 0) return <p className="quiet">{say("noGates")}</p>;
  return (
    <div className="scroll">
      <table className="gates">
        <thead>
          <tr>
            <th scope="col">{say("gate")}</th>
            <th scope="col">{say("required")}</th>
            <th scope="col">{say("observed")}</th>
            <th scope="col" />
          </tr>
        </thead>
        <tbody>
          {gates.map((one) => (
            <tr key={one.name} data-gate={one.name} data-ok={one.ok}>
              <th scope="row">{one.name.replaceAll("-", " ")}</th>
              <td>
                {one.required}
                {one.shortened !== null && <small> {say("shortened")}</small>}
              </td>
              <td>{one.observed}</td>
              <td>
                <b>{one.ok ? `✓ ${say("holds")}` : `✗ ${say("fails")}`}</b>
                {ask !== undefined && !one.ok && <Remedy gate={one.name} ask={ask} />}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** What is decided and not measured is decided here. */
function Remedy({ gate, ask }: { gate: string; ask: (move: Move) => void }) {
  const { say } = useSpeech();
  if (gate === "conflict-policy") {
    return (
      <button type="button" data-step="routeAdoption" onClick={() => ask({ kind: "policy" })}>
        {say("choosePolicy")}
      </button>
    );
  }
  const signature = gate in SIGNATURES ? SIGNATURES[gate as keyof typeof SIGNATURES] : null;
  if (signature === null) return null;
  return (
    <button
      type="button"
      data-step="signAdoption"
      onClick={() => ask({ kind: "sign", signature })}
    >
      {say("sign")}
    </button>
  );
}
