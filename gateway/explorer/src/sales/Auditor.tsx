import type { Figures } from "./records";
import { useSpeech } from "./speech";

/** Whether the rows of the sale agree, as the auditor said last. */
export function Auditor({ figures, at }: { figures: Figures | null; at: number | null }) {
  const { say, time } = useSpeech();
  const faults = figures?.faults ?? [];
  return (
    <section className="card" aria-label={say("audit")}>
      <h3>
        {say("audit")} <small>{at === null ? say("notAudited") : say("auditedAt", time(at))}</small>
      </h3>
      {figures !== null && (
        <p data-audit={faults.length === 0 ? "agrees" : "faults"} role="status">
          {faults.length === 0 ? `✓ ${say("agrees")}` : `✗ ${say("faults", faults.length)}`}
        </p>
      )}
      <ul>
        {faults.map((fault) => (
          <li key={fault} lang="en">
            {fault}
          </li>
        ))}
      </ul>
    </section>
  );
}
