import { useEffect, useRef, useState } from "react";

import type { Caller } from "../staff/graph";
import { Gates } from "./Gates";
import { type Move, meaning } from "./meaning";
import { failing, POLICIES, type Policy, type Profile, type Refusal, type Standing } from "./records";
import { Refused } from "./Refused";
import { type Speech, useSpeech } from "./speech";
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
  const dialog = useRef<HTMLDialogElement>(null);
  const [reason, setReason] = useState("");
  const [until, setUntil] = useState(inAMonth);
  const [pattern, setPattern] = useState("* -> *");
  const [owner, setOwner] = useState("");
  const [policy, setPolicy] = useState<Policy>("LEADER_WINS");
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<Refusal | null>(null);
  // What is agreed to is what stood there when it was asked, whatever is polled meanwhile.
  const [seen] = useState(standing);

  useEffect(() => dialog.current?.showModal(), []);

  const what = title(move, speech);
  const go = async () => {
    setBusy(true);
    try {
      const given = { reason: reason.trim(), until, pattern, owner, policy, profile };
      const answer = await taken(caller, seen, move, given);
      if (answer === null) return onDone(what);
      setRefused(answer);
    } catch (error) {
      setRefused({ code: "", message: (error as Error).message });
    } finally {
      setBusy(false);
    }
  };

  const fails = move.kind === "promote" ? failing(seen.next) : [];
  return (
    <dialog ref={dialog} className="confirm" aria-labelledby="sure" onClose={onCancel}>
      <h3 id="sure">{say("sure", channel(seen.channelCode), say(seen.capability), what)}</h3>
      <h4>{say("changes")}</h4>
      <ul data-meaning>
        {meaning(move, seen, speech).map((one) => (
          <li key={one}>{one}</li>
        ))}
      </ul>
      {refused !== null ? (
        <Refused refusal={refused} />
      ) : (
        fails.length > 0 && (
          <div className="foreseen">
            <p>{say("willRefuse")}</p>
            <Gates gates={fails} />
          </div>
        )
      )}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void go();
        }}
      >
        {move.kind === "policy" && (
          <label>
            {say("policy")}
            <select
              name="policy"
              value={policy}
              onChange={({ target }) => setPolicy(target.value as Policy)}
            >
              {POLICIES.map((one) => (
                <option key={one} value={one}>
                  {say(one)}
                </option>
              ))}
            </select>
          </label>
        )}
        <label>
          {say("reason")}
          <textarea
            name="reason"
            required
            rows={2}
            maxLength={500}
            autoFocus
            value={reason}
            onChange={({ target }) => setReason(target.value)}
          />
        </label>
        {move.kind === "explain" && (
          <>
            <label>
              {say("explainPattern")}
              <input
                name="pattern"
                required
                value={pattern}
                onChange={({ target }) => setPattern(target.value)}
              />
            </label>
            <label>
              {say("explainOwner")}
              <input
                name="owner"
                required
                value={owner}
                onChange={({ target }) => setOwner(target.value)}
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
              value={until}
              onChange={({ target }) => setUntil(target.value)}
            />
          </label>
        )}
        <div className="answers">
          <button type="button" data-step="cancel" onClick={() => dialog.current?.close()}>
            {say("cancel")}
          </button>
          <button
            type="submit"
            className={move.kind === "halt" ? "danger" : "main"}
            data-step="yes"
            disabled={busy || reason.trim() === ""}
          >
            {say(busy ? "working" : "confirm")}
          </button>
        </div>
      </form>
    </dialog>
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
    case "policy":
    case "keep":
    case "halt":
      return say(move.kind);
  }
}

function inAMonth(): string {
  return new Date(Date.now() + MONTH_MS).toISOString().slice(0, 10);
}
