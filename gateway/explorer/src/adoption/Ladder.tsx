import { LADDER, rung, type State } from "./records";
import { useSpeech } from "./speech";

/** The whole way and how far the pair has come on it; `from` is where a halt began. */
export function Ladder({ state, from }: { state: State; from: State | null }) {
  const { say } = useSpeech();
  const here = rung(state) ?? (from === null ? null : rung(from));
  return (
    <div>
      <ol className="ladder" aria-label={say("way")}>
        {LADDER.map((one, place) => (
          <li
            key={one}
            title={say(one)}
            data-passed={here !== null && place < here}
            aria-current={place === here ? "step" : undefined}
          >
            <span>{say(one)}</span>
          </li>
        ))}
      </ol>
      {here !== null && (
        <p className="quiet">
          {say("stepOf", here, LADDER.length - 1)}
          {state === "HALTED" && ` · ${say("haltedAt", say(LADDER[here] ?? state))}`}
        </p>
      )}
    </div>
  );
}
