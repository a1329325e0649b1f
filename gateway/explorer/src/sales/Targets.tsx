import type { Figures, Sale } from "./records";
import { useSpeech } from "./speech";

/** How far the campaign is: pieces and money that are paid, against what it is to bring. */
export function Targets({ sale, figures }: { sale: Sale; figures: Figures | null }) {
  const { say, count, money } = useSpeech();
  const { targetUnits, targetAmount } = sale;
  if (targetUnits === null && targetAmount === null) return null;
  const revenue = figures?.revenue ?? null;
  return (
    <section className="card" aria-label={say("target")}>
      <h3>{say("target")}</h3>
      <dl className="progress">
        {targetUnits !== null && figures !== null && (
          <Progress
            word={say("targetUnits")}
            share={figures.paid / targetUnits}
            have={count(figures.paid)}
            want={count(targetUnits)}
          />
        )}
        {targetAmount !== null && revenue !== null && (
          <Progress
            word={say("targetAmount")}
            share={Number(revenue.amount) / Number(targetAmount.amount)}
            have={money(revenue)}
            want={money(targetAmount)}
          />
        )}
      </dl>
    </section>
  );
}

interface ProgressProps {
  word: string;
  share: number;
  have: string;
  want: string;
}

function Progress({ word, share, have, want }: ProgressProps) {
  const { say } = useSpeech();
  return (
    <div>
      <dt>{word}</dt>
      <dd>
        <progress max={1} value={Math.min(1, share)} aria-hidden="true" />
        {say("progressOf", have, want, Math.floor(share * 100))}
      </dd>
    </div>
  );
}
