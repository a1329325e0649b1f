import { useState } from "react";

import type { Caller } from "../staff/graph";
import type { Chosen } from "./AdoptionPage";
import { COUNTS, type Diff } from "./records";
import { useSpeech } from "./speech";
import { useLive } from "./useLive";
import { isWord } from "./words";

interface Props {
  caller: Caller;
  chosen: Chosen;
}

/** Differences as they are found: both sides masked, and nothing that names anybody. */
export function LiveDiffs({ caller, chosen }: Props) {
  const { say, count } = useSpeech();
  const [on, setOn] = useState(false);
  const [every, setEvery] = useState(false);
  const { watch, trouble, diffs } = useLive(caller, chosen, on);
  const shown = diffs.filter((one) => every || COUNTS.includes(one.class));
  return (
    <section className="card" aria-label={say("live")}>
      <div className="heading">
        <h3>{say("live")}</h3>
        <span className="quiet" role="status" data-watch={watch}>
          {say(`watch_${watch}`)}
        </span>
        <button type="button" data-step="follow" onClick={() => setOn(!on)}>
          {on ? `■ ${say("stopWatching")}` : `▶ ${say("startWatching")}`}
        </button>
      </div>
      {trouble !== null && <p role="alert">{trouble}</p>}
      {on && (
        <>
          <label className="check">
            <input
              type="checkbox"
              name="every"
              checked={every}
              onChange={({ target }) => setEvery(target.checked)}
            />
            {say("everyClass")}
          </label>
          {shown.length === 0 ? (
            <p className="quiet">{say("noDiffsYet")}</p>
          ) : (
            <>
              <p className="quiet">{say("diffsShown", count(shown.length))}</p>
              <ol className="diffs" tabIndex={0} aria-label={say("live")}>
                {shown.map((one) => (
                  <Found key={one.eventId} diff={one} />
                ))}
              </ol>
            </>
          )}
        </>
      )}
    </section>
  );
}

function Found({ diff }: { diff: Diff }) {
  const { say, moment } = useSpeech();
  const { at, field, critical, store, legacy, platform, apart, more } = diff;
  return (
    <li data-diff={diff.class}>
      <p>
        <b>{field || say("wholeRecord")}</b>{" "}
        <small>{isWord(diff.class) ? say(diff.class) : diff.class}</small>{" "}
        {critical && <small className="critical">{say("critical")}</small>}{" "}
        {store !== "" && <small>{say("atStore", store)}</small>} <small>{moment(at)}</small>
      </p>
      <p>
        {say("LEGACY")} <code>{legacy ?? "–"}</code> · {say("PLATFORM")} <code>{platform ?? "–"}</code>
        {apart !== null && <small> {say("apart", apart)}</small>}
      </p>
      {more > 0 && <small>{say("andMore", more)}</small>}
    </li>
  );
}
