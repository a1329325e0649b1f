import { type ReactNode, useEffect, useRef, useState } from "react";

import type { Refusal } from "./records";
import { Refused } from "./Refused";
import { useSpeech } from "./speech";

interface Props {
  heading: string;
  /** What will change, in sentences. */
  meaning: readonly string[];
  danger?: boolean;
  /** What stands between the sentences and the reason, until it was refused. */
  foreseen?: ReactNode;
  /** What is asked beside the reason. */
  children?: ReactNode;
  /** Does it for a reason; why it was refused, or null where it was done. */
  go: (reason: string) => Promise<Refusal | null>;
  onDone: () => void;
  onCancel: () => void;
}

/** Asks a second time, and why; where it is refused it says so and stays. */
export function Sure({ heading, meaning, danger, foreseen, children, go, onDone, onCancel }: Props) {
  const { say } = useSpeech();
  const dialog = useRef<HTMLDialogElement>(null);
  const [reason, setReason] = useState("");
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<Refusal | null>(null);

  useEffect(() => dialog.current?.showModal(), []);

  const agreed = async () => {
    setBusy(true);
    try {
      const answer = await go(reason.trim());
      if (answer === null) return onDone();
      setRefused(answer);
    } catch (error) {
      setRefused({ code: "", message: (error as Error).message });
    } finally {
      setBusy(false);
    }
  };

  return (
    <dialog ref={dialog} className="confirm" aria-labelledby="sure" onClose={onCancel}>
      <h3 id="sure">{heading}</h3>
      <h4>{say("changes")}</h4>
      <ul data-meaning>
        {meaning.map((one) => (
          <li key={one}>{one}</li>
        ))}
      </ul>
      {refused !== null ? <Refused refusal={refused} /> : foreseen}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void agreed();
        }}
      >
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
        {children}
        <div className="answers">
          <button type="button" data-step="cancel" onClick={() => dialog.current?.close()}>
            {say("cancel")}
          </button>
          <button
            type="submit"
            className={danger ? "danger" : "main"}
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
