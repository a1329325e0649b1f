import { failing, rung, type Standing } from "./records";
import { useSpeech } from "./speech";
import { Trend } from "./Trend";

interface Props {
  id: string;
  standing: Standing;
  current: boolean;
  onChoose: () => void;
}

/** How far one pair is, at a glance; pressing it shows all of it. */
export function Cell({ id, standing, current, onChoose }: Props) {
  const { say, age, share } = useSpeech();
  const { capability, state, readPoints, writePoints, next, evidenceAt, trend } = standing;
  const open = failing(next).length;
  return (
    <button
      type="button"
      id={id}
      className="cell"
      data-cell={id}
      data-rung={rung(state) ?? state}
      aria-current={current}
      onClick={onChoose}
    >
      <span>
        <span>
          <i>{say(capability)} </i>
          <em data-state={state}>{say(state)}</em>{" "}
          {state === "CANARY_READ" && <b>{say("readPercent", share(readPoints))}</b>}
          {state === "DUAL_WRITE_MIDDLE_LEAD" && <b>{say("writePercent", share(writePoints))}</b>}
        </span>
        <Trend points={trend} label={say("trend")} />
      </span>
      <span>
        {next !== null && (
          <small data-failing={open}>
            {open === 0 ? say("gatesHold") : open === 1 ? say("gateOpen") : say("gatesOpen", open)}
          </small>
        )}
        <small>
          {evidenceAt === null ? say("noEvidence") : say("evidenceAge", age(evidenceAt, Date.now()))}
        </small>
      </span>
    </button>
  );
}
