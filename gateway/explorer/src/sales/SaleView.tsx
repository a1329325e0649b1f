import { useState } from "react";

import { Auditor } from "./Auditor";
import type { Caller } from "../staff/graph";
import { Pace } from "./Pace";
import { Quotas } from "./Quotas";
import { Refusals } from "./Refusals";
import type { Channel, Refusal, Sale } from "./records";
import { Rehearsed } from "./Rehearsed";
import { useSpeech } from "./speech";
import { Steps } from "./Steps";
import { Stock } from "./Stock";
import { Targets } from "./Targets";
import { useSale } from "./useSale";
import { Waiting } from "./Waiting";
import type { Step } from "./documents";
import { taken } from "./taken";

interface Props {
  caller: Caller;
  id: string;
  channels: readonly Channel[];
  onStep: () => void;
}

/** Takes a step; whether it was done. */
export type Take = (step: Step, given: Record<string, unknown>) => Promise<boolean>;

type Told = { done: Step } | { refused: Refusal };

/** One sale while it goes on, and what can be done with it. */
export function SaleView({ caller, id, channels, onStep }: Props) {
  const { say } = useSpeech();
  const seen = useSale(caller, id);
  const [told, setTold] = useState<Told | null>(null);
  const [busy, setBusy] = useState(false);

  const take: Take = async (step, given) => {
    setBusy(true);
    try {
      const refused = await taken(caller, step, given);
      setTold(refused === null ? { done: step } : { refused });
      return refused === null;
    } catch (error) {
      setTold({ refused: { code: "", message: (error as Error).message } });
      return false;
    } finally {
      setBusy(false);
      void seen.refresh();
      onStep();
    }
  };

  const { sale, figures } = seen;
  if (sale === null) {
    return <p className="empty">{seen.trouble ?? "…"}</p>;
  }
  return (
    <article aria-label={sale.id}>
      <Heading sale={sale} live={seen.live} trouble={seen.trouble} />
      <Steps sale={sale} busy={busy} take={take} />
      <p className="told" role="status" data-refused={told !== null && "refused" in told}>
        {told !== null &&
          ("done" in told ? say("done", stepName(say, told.done)) : refusal(told.refused))}
      </p>
      <Waiting proposals={sale.desk.waiting} busy={busy} take={take} />
      <Pace
        sale={sale}
        figures={figures}
        stock={seen.stock}
        seconds={seen.seconds}
        skewMs={seen.skewMs}
      />
      <div className="columns">
        <div>
          <Stock sale={sale} />
          <Quotas sale={sale} channels={channels} busy={busy} take={take} />
          <Rehearsed rehearsal={sale.desk.rehearsal} />
        </div>
        <div>
          <Auditor figures={figures} at={seen.auditedAt} />
          <Refusals answers={sale.desk.answers} />
          <Targets sale={sale} figures={figures} />
        </div>
      </div>
    </article>
  );
}

function stepName(say: ReturnType<typeof useSpeech>["say"], step: Step): string {
  switch (step) {
    case "defineFlashSale":
      return say("define");
    case "rehearseFlashSale":
      return say("rehearsalStarted");
    case "openFlashSale":
      return say("opened");
    case "topUpFlashSale":
      return say("toppedUp");
    case "confirmFlashSale":
      return say("confirm");
    case "transferFlashStock":
      return say("transfer");
    case "changeFlashSaleRate":
    case "changeFlashSaleSupply":
      return say("setRate");
    default:
      return say(step);
  }
}

function refusal({ code, message, detail }: Refusal): string {
  return [code, message, detail].filter((one) => one !== undefined && one !== "").join(" · ");
}

function Heading({ sale, live, trouble }: { sale: Sale; live: boolean; trouble: string | null }) {
  const { say, money, moment, count } = useSpeech();
  const over = sale.state === "RECONCILED";
  return (
    <div className="heading">
      <h2>{sale.id}</h2>
      <em data-state={sale.state}>{say(sale.state)}</em>
      <small data-live={live && !over} role="status" title={trouble ?? undefined}>
        ● {say(over ? "over" : live ? "live" : trouble === null ? "connecting" : "cut")}
      </small>
      <p>
        {sale.sku} · {money(sale.price)} · {moment(sale.opensAt)} {say("until")}{" "}
        {moment(sale.closesAt)} · {say("each", sale.perMember)} ·{" "}
        {say("payWithin", count(Math.round(sale.paymentSeconds / 6) / 10))} · {say(sale.fairness)}
      </p>
    </div>
  );
}
