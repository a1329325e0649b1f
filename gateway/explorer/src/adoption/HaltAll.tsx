import { useRef, useState } from "react";

import { ask, type Caller } from "../staff/graph";
import { TO_HALT } from "./documents";
import type { Standing } from "./records";
import { useSpeech } from "./speech";
import { Sure } from "./Sure";
import { haltedAll } from "./taken";

type Halting = Pick<Standing, "channelCode" | "capability" | "state">;

interface Props {
  caller: Caller;
  onDone: () => void;
}

/** Everything is halted in one step; what that is is listed before anybody agrees. */
export function HaltAll({ caller, onDone }: Props) {
  const { say, channel } = useSpeech();
  const button = useRef<HTMLButtonElement>(null);
  const count = useRef(0);
  const [pairs, setPairs] = useState<readonly Halting[] | null>(null);
  const [told, setTold] = useState<string | null>(null);
  const [trouble, setTrouble] = useState<string | null>(null);

  const look = async () => {
    setTold(null);
    setTrouble(null);
    try {
      const { adoptionsToHalt } = await ask<{ adoptionsToHalt: Halting[] }>(caller, TO_HALT);
      if (adoptionsToHalt.length === 0) setTold(say("haltAllNone"));
      else setPairs(adoptionsToHalt);
    } catch (error) {
      setTrouble((error as Error).message);
    }
  };
  const close = (words: string | null) => {
    setPairs(null);
    setTold(words);
    button.current?.focus();
  };
  return (
    <div className="halting">
      <button
        ref={button}
        type="button"
        className="danger"
        data-step="haltAdoptions"
        disabled={caller.token === ""}
        onClick={() => void look()}
      >
        ■ {say("haltAll")}
      </button>
      <p className="told" role="status">
        {told}
      </p>
      {trouble !== null && <p role="alert">{trouble}</p>}
      {pairs !== null && (
        <Sure
          heading={pairs.length === 1 ? say("haltAllOne") : say("haltAllSure", pairs.length)}
          meaning={[
            ...pairs.map((one) =>
              say("haltsPair", channel(one.channelCode), say(one.capability), say(one.state)),
            ),
            say("halted"),
          ]}
          danger
          go={async (reason) => {
            const answer = await haltedAll(caller, reason);
            if (typeof answer !== "number") return answer;
            count.current = answer;
            return null;
          }}
          onDone={() => {
            close(say("haltAllDone", count.current));
            onDone();
          }}
          onCancel={() => close(null)}
        />
      )}
    </div>
  );
}
