import type { AnswerCount } from "./records";
import { useSpeech } from "./speech";
import { isWord } from "./words";

const GRANTED = new Set(["RESERVED", "REPLAYED"]);

/** Why wishes brought nothing, the most frequent reason first. */
export function Refusals({ answers }: { answers: readonly AnswerCount[] }) {
  const { say, count } = useSpeech();
  const refused = answers
    .filter(({ answer }) => !GRANTED.has(answer))
    .sort((left, right) => right.count - left.count);
  const replayed = answers.find(({ answer }) => answer === "REPLAYED")?.count ?? 0;
  const most = refused[0]?.count ?? 1;
  return (
    <section className="card" aria-label={say("refusals")}>
      <h3>{say("refusals")}</h3>
      {refused.length === 0 && <p className="quiet">{say("noRefusals")}</p>}
      <ol className="bars">
        {refused.map(({ answer, count: many }) => (
          <li key={answer} data-refusal={answer}>
            <span>{isWord(answer) ? say(answer) : answer}</span>
            <svg width="100%" height="8" aria-hidden="true">
              <rect width={`${Math.max(1, (100 * many) / most)}%`} height="8" rx="3" />
            </svg>
            <b>{count(many)}</b>
          </li>
        ))}
      </ol>
      {replayed > 0 && <p className="quiet">{say("replays", replayed)}</p>}
    </section>
  );
}
