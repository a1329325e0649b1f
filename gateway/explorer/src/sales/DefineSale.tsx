import { type FormEvent, useState } from "react";

import type { Caller } from "../staff/graph";
import type { Channel } from "./records";
import { useSpeech } from "./speech";
import { taken } from "./taken";
import type { Word } from "./words";

interface Props {
  caller: Caller;
  channels: readonly Channel[];
  onDefined: (id: string) => void;
}

interface PoolRow {
  key: number;
  channel: string;
}

/** A sale is written down: what, when, how many, and to whom. */
export function DefineSale({ caller, channels, onDefined }: Props) {
  const { say } = useSpeech();
  const [rows, setRows] = useState<PoolRow[]>([{ key: 0, channel: "" }]);
  const [trouble, setTrouble] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);

  const define = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const given = inputOf(new FormData(event.currentTarget), rows);
    setBusy(true);
    try {
      const refused = await taken(caller, "defineFlashSale", given);
      if (refused === null) onDefined(given.id);
      else setTrouble([refused.code, refused.message, refused.detail].filter(Boolean).join(" · "));
    } catch (error) {
      setTrouble((error as Error).message);
    } finally {
      setBusy(false);
    }
  };

  const free = channels.filter(({ code }) => !rows.some(({ channel }) => channel === code));
  return (
    <form className="define" aria-label={say("newSale")} onSubmit={(event) => void define(event)}>
      <h2>{say("newSale")}</h2>
      <fieldset>
        <Field name="id" maxLength={80} pattern="[^\/]+" />
        <Field name="sku" maxLength={200} />
        <Field name="price" inputMode="decimal" pattern="\d+(\.\d+)?" />
        <Field name="currency" defaultValue="CNY" pattern="[A-Z]{3}" />
        <Field name="opensAt" type="datetime-local" step={1} defaultValue={localIn(5)} />
        <Field name="closesAt" type="datetime-local" step={1} defaultValue={localIn(125)} />
        <Field name="perMember" type="number" min={1} defaultValue={1} />
        <Field name="paymentSeconds" type="number" min={1} defaultValue={900} />
        <label>
          {say("fairness")}
          <select name="fairness">
            <option value="ARRIVAL">{say("ARRIVAL")}</option>
            <option value="LOT">{say("LOT")}</option>
          </select>
        </label>
        <Field name="rate" type="number" min={0} step="any" defaultValue={0} />
      </fieldset>
      <fieldset>
        <legend>{say("stock")}</legend>
        {rows.map(({ key, channel }) => (
          <div className="pool" key={key}>
            <label>
              {say("channel")}
              <select
                name={`channel-${key}`}
                value={channel}
                onChange={({ target }) =>
                  setRows(rows.map((one) => (one.key === key ? { key, channel: target.value } : one)))
                }
              >
                <option value="">{say("shared")}</option>
                {channels
                  .filter(({ code }) => code === channel || free.some((one) => one.code === code))
                  .map(({ code, name }) => (
                    <option key={code} value={code}>
                      {name}
                    </option>
                  ))}
              </select>
            </label>
            <label>
              {say("pieces")}
              <input name={`units-${key}`} type="number" min={0} required />
            </label>
            {rows.length > 1 && (
              <button
                type="button"
                onClick={() => setRows(rows.filter((one) => one.key !== key))}
              >
                {say("removePool")}
              </button>
            )}
          </div>
        ))}
        {free[0] !== undefined && (
          <button
            type="button"
            data-step="addPool"
            onClick={() =>
              setRows([
                ...rows,
                {
                  key: Math.max(...rows.map(({ key }) => key)) + 1,
                  channel: rows.every(({ channel }) => channel !== "") ? "" : (free[0]?.code ?? ""),
                },
              ])
            }
          >
            + {say("addPool")}
          </button>
        )}
      </fieldset>
      <fieldset>
        <legend>
          {say("supplyOf")} <small>{say("optional")}</small>
        </legend>
        <Field name="onHand" type="number" min={0} required={false} />
        <Field name="safety" type="number" min={0} required={false} />
        <Field name="elsewhere" type="number" min={0} required={false} />
      </fieldset>
      <fieldset>
        <legend>
          {say("targets")} <small>{say("optional")}</small>
        </legend>
        <Field name="targetUnits" type="number" min={1} required={false} />
        <Field name="targetAmount" inputMode="decimal" pattern="\d+(\.\d+)?" required={false} />
      </fieldset>
      {trouble !== null && <p role="alert">{trouble}</p>}
      <button type="submit" className="main" data-step="defineFlashSale" disabled={busy}>
        {say("define")}
      </button>
    </form>
  );
}

type FieldProps = React.ComponentProps<"input"> & { name: Word };

function Field({ name, ...given }: FieldProps) {
  const { say } = useSpeech();
  return (
    <label>
      {say(name)}
      <input name={name} required autoComplete="off" {...given} />
    </label>
  );
}

function inputOf(form: FormData, rows: readonly PoolRow[]) {
  const text = (name: string) => String(form.get(name) ?? "").trim();
  const count = (name: string) => (text(name) === "" ? null : Number(text(name)));
  const currency = text("currency");
  const onHand = count("onHand");
  return {
    id: text("id"),
    sku: text("sku"),
    price: { amount: text("price"), currency },
    opensAt: new Date(text("opensAt")).toISOString(),
    closesAt: new Date(text("closesAt")).toISOString(),
    perMember: count("perMember"),
    paymentSeconds: count("paymentSeconds"),
    fairness: text("fairness"),
    admissionRate: count("rate"),
    pools: rows.map(({ key, channel }) => ({
      channel: channel === "" ? null : channel,
      units: count(`units-${key}`),
    })),
    supply:
      onHand === null
        ? null
        : { onHand, safety: count("safety") ?? 0, elsewhere: count("elsewhere") ?? 0 },
    targetUnits: count("targetUnits"),
    targetAmount: text("targetAmount") === "" ? null : { amount: text("targetAmount"), currency },
  };
}

/** So many minutes from now, as a field of local time takes it. */
function localIn(minutes: number): string {
  const now = new Date(Date.now() + minutes * 60_000);
  now.setSeconds(0, 0);
  return new Date(now.getTime() - now.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}
