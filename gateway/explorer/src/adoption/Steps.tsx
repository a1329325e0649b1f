import { useState } from "react";

import { below, type Move } from "./meaning";
import { type Adoption, failing, type State } from "./records";
import { useSpeech } from "./speech";

/** The shares that a canary usually takes. */
const SHARES = [0, 500, 2_500, 5_000, 10_000];

/** Where the legacy still leads every write. */
const KEEPABLE: readonly State[] = [
  "FEDERATED_READ",
  "SHADOW_READ",
  "CANARY_READ",
  "MIDDLE_READ",
  "DUAL_WRITE_LEGACY_LEAD",
];

interface Props {
  adoption: Adoption;
  ask: (move: Move) => void;
}

/** What can be decided of a pair now; everything is asked twice. */
export function Steps({ adoption, ask }: Props) {
  const { say } = useSpeech();
  const { state, next } = adoption;
  const halted = state === "HALTED";
  const back = below(state, adoption.fromState);
  return (
    <section className="steps" aria-label={say("steps")}>
      {next !== null && !halted && (
        <button
          type="button"
          className={failing(next).length === 0 ? "main" : ""}
          data-step="promoteAdoption"
          onClick={() => ask({ kind: "promote", target: next.target })}
        >
          ↑ {say("promote", say(next.target))}
        </button>
      )}
      {state === "CANARY_READ" && (
        <Percent side="READ" points={adoption.readPoints} ask={ask} />
      )}
      {state === "DUAL_WRITE_MIDDLE_LEAD" && (
        <Percent side="WRITE" points={adoption.writePoints} ask={ask} />
      )}
      {back.length > 0 && state !== "LEGACY_RETIRED" && (
        <Back key={state} states={back} halted={halted} ask={ask} />
      )}
      {KEEPABLE.includes(state) && (
        <button type="button" data-step="keepLegacy" onClick={() => ask({ kind: "keep" })}>
          {say("keep")}
        </button>
      )}
      {!halted && state !== "STAYS_LEGACY" && state !== "LEGACY_RETIRED" && (
        <button
          type="button"
          className="danger"
          data-step="haltAdoption"
          onClick={() => ask({ kind: "halt" })}
        >
          ■ {say("halt")}
        </button>
      )}
    </section>
  );
}

interface BackProps {
  states: readonly State[];
  halted: boolean;
  ask: (move: Move) => void;
}

/** One step back, or further: downwards any number is allowed. */
function Back({ states, halted, ask }: BackProps) {
  const { say } = useSpeech();
  const [target, setTarget] = useState(states[0] ?? "FEDERATED_READ");
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        ask({ kind: halted ? "resume" : "rollback", target });
      }}
    >
      <label>
        {say(halted ? "resume" : "rollbackTo", "")}
        <select
          name="target"
          value={target}
          onChange={(event) => setTarget(event.target.value as State)}
        >
          {states.map((one) => (
            <option key={one} value={one}>
              {say(one)}
            </option>
          ))}
        </select>
      </label>
      <button type="submit" data-step={halted ? "resumeAdoption" : "rollbackAdoption"}>
        {halted ? `▶ ${say("goOn")}` : `↓ ${say("goBack")}`}
      </button>
    </form>
  );
}

interface PercentProps {
  side: "READ" | "WRITE";
  points: number;
  ask: (move: Move) => void;
}

function Percent({ side, points, ask }: PercentProps) {
  const { say, share } = useSpeech();
  const [given, setGiven] = useState<string | null>(null);
  const shown = given ?? String(points / 100);
  const chosen = Math.round(Number(shown) * 100);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        ask({ kind: "percent", side, points: chosen });
        setGiven(null);
      }}
    >
      <label>
        {say("percent")} ({say(side === "READ" ? "ofReads" : "ofWrites")})
        <input
          name="percent"
          type="number"
          min="0"
          max="100"
          step="0.01"
          required
          list="shares"
          value={shown}
          onChange={({ target }) => setGiven(target.value)}
        />
        %
      </label>
      <datalist id="shares">
        {SHARES.map((one) => (
          <option key={one} value={one / 100} label={share(one)} />
        ))}
      </datalist>
      <button type="submit" data-step="setAdoptionPercent" disabled={chosen === points}>
        {say("set")}
      </button>
    </form>
  );
}
