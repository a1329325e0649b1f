import { useRef, useState } from "react";

import type { Step } from "./documents";
import type { Sale, State } from "./records";
import type { Take } from "./SaleView";
import { useSpeech } from "./speech";

/** The steps that need no figure, and the states in which a sale takes them. */
const PLAIN = [
  ["preloadFlashSale", ["DRAFT"]],
  ["rehearseFlashSale", ["DRAFT", "PRELOADED", "PAUSED"]],
  ["openFlashSale", ["PRELOADED"]],
  ["pauseFlashSale", ["OPEN"]],
  ["resumeFlashSale", ["PAUSED"]],
  ["endFlashSale", ["PRELOADED", "OPEN", "PAUSED"]],
  ["reconcileFlashSale", ["CLOSED"]],
] as const satisfies readonly (readonly [Step, readonly State[]])[];
const STOCKED: readonly State[] = ["PRELOADED", "OPEN", "PAUSED"];
const MOVABLE: readonly State[] = ["DRAFT", ...STOCKED];

/** Not what comes next, so not what stands out. */
const LOOKS: Partial<Record<Step, string>> = { endFlashSale: "danger", rehearseFlashSale: "" };

type Plain = (typeof PLAIN)[number][0];

interface Props {
  sale: Sale;
  busy: boolean;
  take: Take;
}

/** What can be done with a sale now; what ends something is asked twice. */
export function Steps({ sale, busy, take }: Props) {
  const { say } = useSpeech();
  const [asked, setAsked] = useState<Plain | null>(null);
  const dialog = useRef<HTMLDialogElement>(null);

  const press = (step: Plain) => {
    if (step !== "endFlashSale" && step !== "reconcileFlashSale") {
      void take(step, { sale: sale.id });
      return;
    }
    setAsked(step);
    dialog.current?.showModal();
  };

  return (
    <section className="steps" aria-label={say("steps")}>
      <div className="plain">
        {PLAIN.map(([step, states]) => (
          <button
            key={step}
            type="button"
            data-step={step}
            className={LOOKS[step] ?? "main"}
            disabled={busy || !(states as readonly State[]).includes(sale.state)}
            onClick={() => press(step)}
          >
            {say(step)}
          </button>
        ))}
      </div>
      <Rate sale={sale} busy={busy} take={take} />
      <TopUp sale={sale} busy={busy} take={take} />
      {sale.desk.pools.length > 1 && <Transfer sale={sale} busy={busy} take={take} />}
      <dialog ref={dialog} aria-labelledby="asked">
        <h3 id="asked">{asked !== null && say("sure", say(asked), sale.id)}</h3>
        <p>{asked === "endFlashSale" ? say("endMeans") : say("reconcileMeans")}</p>
        <form method="dialog">
          <button type="submit" autoFocus>
            {say("cancel")}
          </button>
          <button
            type="button"
            className="main"
            data-step="yes"
            onClick={() => {
              dialog.current?.close();
              if (asked !== null) void take(asked, { sale: sale.id });
            }}
          >
            {say("yes")}
          </button>
        </form>
      </dialog>
    </section>
  );
}

function Rate({ sale, busy, take }: Props) {
  const { say } = useSpeech();
  const [rate, setRate] = useState<string | null>(null);
  const shown = rate ?? String(sale.admissionRate);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void take("changeFlashSaleRate", { sale: sale.id, rate: Number(shown) }).then(
          (done) => done && setRate(null),
        );
      }}
    >
      <label>
        {say("rate")}
        <input
          name="rate"
          type="number"
          min="0"
          max="1000000"
          step="any"
          required
          value={shown}
          onChange={({ target }) => setRate(target.value)}
        />
      </label>
      <button
        type="submit"
        data-step="changeFlashSaleRate"
        disabled={busy || !MOVABLE.includes(sale.state)}
      >
        {say("setRate")}
      </button>
    </form>
  );
}

function TopUp({ sale, busy, take }: Props) {
  const { say } = useSpeech();
  const [units, setUnits] = useState("");
  const [channel, setChannel] = useState("");
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        const given = { sale: sale.id, channel: channel || null, units: Number(units) };
        void take("topUpFlashSale", given).then((done) => done && setUnits(""));
      }}
    >
      <label>
        {say("topUp")}
        <input
          name="units"
          type="number"
          min="1"
          required
          placeholder={say("pieces")}
          value={units}
          onChange={({ target }) => setUnits(target.value)}
        />
      </label>
      <PoolChoice sale={sale} name="pool" label={say("to")} value={channel} onChange={setChannel} />
      <button
        type="submit"
        data-step="topUpFlashSale"
        disabled={busy || !STOCKED.includes(sale.state)}
      >
        {say("proposeTopUp")}
      </button>
    </form>
  );
}

function Transfer({ sale, busy, take }: Props) {
  const { say } = useSpeech();
  const [units, setUnits] = useState("");
  const [source, setSource] = useState("");
  const quotas = sale.desk.pools.map(({ channelCode }) => channelCode ?? "");
  const [target, setTarget] = useState(quotas.find((one) => one !== "") ?? "");
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        const given = {
          sale: sale.id,
          source: source || null,
          target: target || null,
          units: Number(units),
        };
        void take("transferFlashStock", given).then((done) => done && setUnits(""));
      }}
    >
      <label>
        {say("transfer")}
        <input
          name="moved"
          type="number"
          min="1"
          required
          placeholder={say("pieces")}
          value={units}
          onChange={(event) => setUnits(event.target.value)}
        />
      </label>
      <PoolChoice sale={sale} name="source" label={say("from")} value={source} onChange={setSource} />
      <PoolChoice sale={sale} name="target" label={say("to")} value={target} onChange={setTarget} />
      <button
        type="submit"
        data-step="transferFlashStock"
        disabled={busy || source === target || !MOVABLE.includes(sale.state)}
      >
        {say("move")}
      </button>
    </form>
  );
}

interface ChoiceProps {
  sale: Sale;
  name: string;
  label: string;
  value: string;
  onChange: (code: string) => void;
}

function PoolChoice({ sale, name, label, value, onChange }: ChoiceProps) {
  const { channel } = useSpeech();
  return (
    <label>
      {label}
      <select name={name} value={value} onChange={({ target }) => onChange(target.value)}>
        {sale.desk.pools.map(({ channelCode }) => (
          <option key={channelCode ?? ""} value={channelCode ?? ""}>
            {channel(channelCode)}
          </option>
        ))}
      </select>
    </label>
  );
}
