import { useState } from "react";

import type { Caller } from "../staff/graph";
import { Gates } from "./Gates";
import { type Move, meaning } from "./meaning";
import { failing, POLICIES, type Policy, type Profile, type Standing } from "./records";
import { type Speech, useSpeech } from "./speech";
import { Sure } from "./Sure";
import { taken } from "./taken";

const MONTH_MS = 30 * 86_400_000;
const DATED: readonly Move["kind"][] = ["explain", "keep"];

interface Props {
  caller: Caller;
  standing: Standing;
  profile: Profile;
  move: Move;
  onDone: (what: string) => void;
  onCancel: () => void;
}

/** Asks for the reason of a move, says what it will change, and shows why it was refused. */
export function Confirm({ caller, standing, profile, move, onDone, onCancel }: Props) {
  const speech = useSpeech();
  const { say, channel } = speech;
  const [more, setMore] = useState<More>({
    until: inAMonth(),
    pattern: "* -> *",
    owner: "",
    policy: "LEADER_WINS",
  });
  // What is agreed to is what stood there when it was asked, whatever is polled meanwhile.
  const [seen] = useState(standing);
  const what = title(move, speech);
  const fails = move.kind === "promote" ? failing(seen.next) : [];
  return (
    <Sure
      heading={say("sure", channel(seen.channelCode), say(seen.capability), what)}
      meaning={meaning(move, seen, speech)}
      danger={move.kind === "halt"}
      foreseen={
        fails.length > 0 && (
          <div className="foreseen">
            <p>{say("willRefuse")}</p>
            <Gates gates={fails} />
          </div>
        )
      }
      go={(reason) => taken(caller, seen, move, { reason, ...more, profile })}
      onDone={() => onDone(what)}
      onCancel={onCancel}
    >
      <Asked move={move} more={more} give={(given) => setMore({ ...more, ...given })} />
    </Sure>
  );
}

/** What some moves need beside their reason. */
interface More {
  until: string;
  pattern: string;
  owner: string;
  policy: Policy;
}

interface AskedProps {
  move: Move;
  more: More;
  give: (given: Partial<More>) => void;
}

function Asked({ move, more, give }: AskedProps) {
  const { say } = useSpeech();
  return (
    <>
      {move.kind === "policy" && (
        <label>
          {say("policy")}
          <select
            name="policy"
            value={more.policy}
            onChange={({ target }) => give({ policy: target.value as Policy })}
          >
            {POLICIES.map((one) => (
              <option key={one} value={one}>
                {say(one)}
              </option>
            ))}
          </select>
        </label>
      )}
      {move.kind === "explain" && (
        <>
          <label>
            {say("explainPattern")}
            <input
              name="pattern"
              required
              value={more.pattern}
              onChange={({ target }) => give({ pattern: target.value })}
            />
          </label>
          <label>
            {say("explainOwner")}
            <input
              name="owner"
              required
              value={more.owner}
              onChange={({ target }) => give({ owner: target.value })}
            />
          </label>
        </>
      )}
      {DATED.includes(move.kind) && (
        <label>
          {say(move.kind === "keep" ? "reviewOn" : "explainUntil")}
          <input
            name="until"
            type="date"
            required
            value={more.until}
            onChange={({ target }) => give({ until: target.value })}
          />
        </label>
      )}
    </>
  );
}

function title(move: Move, { say, share }: Speech): string {
  switch (move.kind) {
    case "promote":
      return say("promote", say(move.target));
    case "rollback":
      return say("rollback", say(move.target));
    case "resume":
      return `${say("resume")} ${say(move.target)}`;
    case "percent":
      return `${say("percent")} ${share(move.points)}`;
    case "explain":
      return `${say("explained")} ${move.field}`;
    case "sign":
      return say("signed", move.signature.replaceAll("_", " ").toLowerCase());
    case "route":
      return say("routing");
    case "decide":
      return say("keepSide", say(move.keep));
    case "retry":
      return say("retryWrite", move.write.kind);
    case "policy":
    case "keep":
    case "halt":
      return say(move.kind);
  }
}

function inAMonth(): string {
  return new Date(Date.now() + MONTH_MS).toISOString().slice(0, 10);
}
