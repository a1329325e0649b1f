import { type ReactNode, useEffect, useRef, useState } from "react";

import type { Caller } from "../staff/graph";
import type { Chosen } from "./AdoptionPage";
import { Cohorts } from "./Cohorts";
import { Compared } from "./Compared";
import { Conflicts } from "./Conflicts";
import { Confirm } from "./Confirm";
import { ADOPTION } from "./documents";
import { Drift } from "./Drift";
import { Gates } from "./Gates";
import { History } from "./History";
import { Ladder } from "./Ladder";
import { LiveDiffs } from "./LiveDiffs";
import type { Move } from "./meaning";
import { Pending } from "./Pending";
import { type Adoption, type Profile, TREND_HOURS } from "./records";
import { useSpeech } from "./speech";
import { Steps } from "./Steps";
import { Trend } from "./Trend";
import { useAsked } from "./useAsked";
import { Who } from "./Who";
import { isWord } from "./words";

const PAIR_MS = 3_000;

interface Props {
  caller: Caller;
  chosen: Chosen;
  profile: Profile;
  onClose: () => void;
  onStep: () => void;
}

/** All there is to one pair: where it stands, its gates, what was compared, what happened. */
export function Drawer({ caller, chosen, profile, onClose, onStep }: Props) {
  const { say, channel } = useSpeech();
  const heading = useRef<HTMLHeadingElement>(null);
  const [asked, setAsked] = useState<Move | null>(null);
  const [told, setTold] = useState({ text: "", turn: 0 });
  const variables = {
    channel: chosen.channel,
    capability: chosen.capability,
    profile,
    hours: TREND_HOURS[profile],
  };
  const { found, trouble, refresh } = useAsked<{ adoption: Adoption | null }>(
    caller,
    ADOPTION,
    PAIR_MS,
    variables,
  );

  // At first, and behind each step: the button that was pressed may be gone with its state.
  useEffect(() => heading.current?.focus(), [told.turn]);

  const adoption = found?.adoption ?? null;
  const done = (what: string) => {
    setAsked(null);
    setTold(({ turn }) => ({ text: say("done", what), turn: turn + 1 }));
    void refresh();
    onStep();
  };
  return (
    <article
      className="drawer"
      aria-labelledby="pair"
      onKeyDown={(event) => event.key === "Escape" && asked === null && onClose()}
    >
      <div className="heading">
        <h2 id="pair" ref={heading} tabIndex={-1}>
          {channel(chosen.channel)} · {say(chosen.capability)}
        </h2>
        {adoption !== null && <em data-state={adoption.state}>{say(adoption.state)}</em>}
        <button type="button" className="close" aria-label={say("close")} onClick={onClose}>
          ✕
        </button>
      </div>
      {trouble !== null && <p role="alert">{trouble}</p>}
      <p className="told" role="status">
        {told.text}
      </p>
      {adoption === null ? (
        trouble === null && <p className="empty">{say("loading")}</p>
      ) : (
        <Sections
          adoption={adoption}
          ask={setAsked}
          conflicts={
            chosen.capability === "MEMBER" && (
              <Conflicts caller={caller} chosen={chosen} turn={told.turn} ask={setAsked} />
            )
          }
          live={<LiveDiffs caller={caller} chosen={chosen} />}
        />
      )}
      {adoption !== null && asked !== null && (
        <Confirm
          caller={caller}
          standing={adoption}
          profile={profile}
          move={asked}
          onDone={done}
          onCancel={() => setAsked(null)}
        />
      )}
    </article>
  );
}

interface SectionsProps {
  adoption: Adoption;
  ask: (move: Move) => void;
  conflicts: ReactNode;
  live: ReactNode;
}

function Sections({ adoption, ask, conflicts, live }: SectionsProps) {
  const { say } = useSpeech();
  const { next } = adoption;
  return (
    <>
      <Ladder state={adoption.state} from={adoption.fromState} />
      <Who standing={adoption} />
      <Particulars adoption={adoption} />
      <Steps adoption={adoption} ask={ask} />
      {conflicts}
      <Pending state={adoption.state} writes={adoption.pending} ask={ask} />
      <Cohorts adoption={adoption} ask={ask} />
      {next !== null && (
        <section className="card" aria-label={say("gates", say(next.target))}>
          <h3>
            {say("gates", say(next.target))}{" "}
            {isWord(next.profile) && <small>{say(next.profile)}</small>}
          </h3>
          <Gates gates={next.gates} ask={ask} />
        </section>
      )}
      <section className="card" aria-label={say("trend")}>
        <h3>{say("trend")}</h3>
        <Trend points={adoption.trend} label={say("trend")} large />
      </section>
      <Drift state={adoption.state} seen={adoption.drift} />
      {adoption.comparison !== null && <Compared comparison={adoption.comparison} ask={ask} />}
      {live}
      <History changes={adoption.history} />
    </>
  );
}

/** What was decided of it beside the state: who owns it, the policy, when somebody looks again. */
function Particulars({ adoption }: { adoption: Adoption }) {
  const { say } = useSpeech();
  const { owner, conflictPolicy, reviewOn, frozen } = adoption;
  const told = [
    owner !== null && say("ownedBy", owner),
    conflictPolicy !== null && `${say("policy")}: ${say(conflictPolicy)}`,
    reviewOn !== null && `${say("reviewOn")} ${reviewOn}`,
    frozen && say("frozen"),
  ].filter((one) => one !== false);
  return told.length === 0 ? null : <p className="quiet">{told.join(" · ")}</p>;
}
