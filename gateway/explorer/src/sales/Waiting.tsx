import type { Proposal } from "./records";
import type { Take } from "./SaleView";
import { useSpeech } from "./speech";

interface Props {
  proposals: readonly Proposal[];
  busy: boolean;
  take: Take;
}

/** What one person proposed and another confirms. */
export function Waiting({ proposals, busy, take }: Props) {
  const { say, moment, channel, count } = useSpeech();
  if (proposals.length === 0) return null;
  return (
    <section className="waiting" aria-label={say("waiting")}>
      <h3>{say("waiting")}</h3>
      <ul>
        {proposals.map((one) => (
          <li key={one.id} data-proposal={one.step}>
            <span>
              <b>
                {one.step === "OPEN"
                  ? say("opening")
                  : say("toppingUp", count(one.units), channel(one.channelCode))}
              </b>{" "}
              {say("proposedBy", one.proposedBy, moment(one.proposedAt))}
            </span>
            {one.yours && <small>{say("yours")}</small>}
            <button
              type="button"
              data-step="withdrawFlashProposal"
              disabled={busy}
              onClick={() => void take("withdrawFlashProposal", { proposal: one.id })}
            >
              {say("withdrawFlashProposal")}
            </button>
            {!one.yours && (
              <button
                type="button"
                className="main"
                data-step="confirmFlashSale"
                disabled={busy}
                onClick={() => void take("confirmFlashSale", { proposal: one.id })}
              >
                {say("confirm")}
              </button>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
