import { useId, useState } from "react";

import type { Move } from "./meaning";
import type { Adoption } from "./records";
import { changed, type List, LISTS, namesIn, type Routing } from "./routing";
import { useSpeech } from "./speech";

interface Props {
  adoption: Adoption;
  ask: (move: Move) => void;
}

/** Who goes before the percentage: stores, people, testers; and what of a record lags behind. */
export function Cohorts({ adoption, ask }: Props) {
  const { say, part } = useSpeech();
  const told = [
    ...LISTS.filter((list) => adoption[list].length > 0).map((list) =>
      say("goesFirst", say(list), adoption[list].length),
    ),
    ...adoption.laggingFields.map((one) => say("lags", part(one))),
  ];
  return (
    <section className="card" aria-label={say("routing")}>
      <h3>{say("routing")}</h3>
      <p className="quiet">{told.length === 0 ? say("nobodyFirst") : told.join(" · ")}</p>
      <details>
        <summary>{say("change")}</summary>
        {/* Another version is another list to begin with. */}
        <Lists key={adoption.version} adoption={adoption} ask={ask} />
      </details>
    </section>
  );
}

function Lists({ adoption, ask }: Props) {
  const { say, part } = useSpeech();
  const [written, setWritten] = useState<Record<List, string>>({
    stores: adoption.stores.join("\n"),
    members: adoption.members.join("\n"),
    labels: adoption.labels.join("\n"),
  });
  const [lagging, setLagging] = useState<readonly string[]>(adoption.laggingFields);
  const after: Routing = {
    stores: namesIn(written.stores),
    members: namesIn(written.members),
    labels: namesIn(written.labels),
    laggingFields: lagging,
  };
  const fresh = changed(adoption, after);
  return (
    <form
      className="routing"
      onSubmit={(event) => {
        event.preventDefault();
        if (fresh !== null) ask({ kind: "route", before: adoption, routing: fresh });
      }}
    >
      {LISTS.map((list) => (
        <Names
          key={list}
          list={list}
          text={written[list]}
          write={(text) => setWritten({ ...written, [list]: text })}
        />
      ))}
      {adoption.parts.length > 0 && (
        <fieldset>
          <legend>{say("lagging")}</legend>
          {adoption.parts.map((one) => (
            <label key={one}>
              <input
                type="checkbox"
                name="lagging"
                value={one}
                checked={lagging.includes(one)}
                onChange={({ target }) =>
                  setLagging(
                    target.checked ? [...lagging, one] : lagging.filter((other) => other !== one),
                  )
                }
              />
              {part(one)}
            </label>
          ))}
        </fieldset>
      )}
      <button type="submit" data-step="routeLists" disabled={fresh === null}>
        {say("changeLists")}
      </button>
    </form>
  );
}

interface NamesProps {
  list: List;
  text: string;
  write: (text: string) => void;
}

function Names({ list, text, write }: NamesProps) {
  const { say } = useSpeech();
  const hint = useId();
  return (
    <label>
      {say(list)}
      <textarea
        name={list}
        rows={2}
        spellCheck={false}
        aria-describedby={hint}
        value={text}
        onChange={({ target }) => write(target.value)}
      />
      <small id={hint}>{say(`${list}Hint`)}</small>
    </label>
  );
}
