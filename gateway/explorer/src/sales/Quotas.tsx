import { useState } from "react";

import type { Channel, Quota, Sale } from "./records";
import type { Take } from "./SaleView";
import { useSpeech } from "./speech";

interface Props {
  sale: Sale;
  channels: readonly Channel[];
  busy: boolean;
  take: Take;
}

const OVER = new Set(["CLOSED", "RECONCILED"]);

/** What channels sell in their own carts: given out, read back, and what waits for a person. */
export function Quotas({ sale, channels, busy, take }: Props) {
  const { say } = useSpeech();
  const { quotas } = sale.desk;
  return (
    <section className="card quotas" aria-label={say("quotas")}>
      <h3>{say("quotas")}</h3>
      {quotas.length === 0 ? (
        <p className="quiet">{say("noQuotas")}</p>
      ) : (
        <table>
          <thead>
            <tr>
              <th scope="col">{say("channel")}</th>
              <th scope="col">{say("quotaState")}</th>
              <th scope="col">{say("given")}</th>
              <th scope="col">{say("soldThere")}</th>
              <th scope="col">{say("leftThere")}</th>
            </tr>
          </thead>
          <tbody>
            {quotas.map((quota) => (
              <Row key={quota.channelCode} sale={sale} quota={quota} busy={busy} take={take} />
            ))}
          </tbody>
        </table>
      )}
      {!OVER.has(sale.state) && (
        <Push sale={sale} channels={channels} busy={busy} take={take} />
      )}
    </section>
  );
}

function Row({ sale, quota, busy, take }: { sale: Sale; quota: Quota; busy: boolean; take: Take }) {
  const { say, count, channel, time } = useSpeech();
  const [sold, setSold] = useState("");
  const named = { sale: sale.id, channel: quota.channelCode };
  const failed = quota.state === "FAILED";
  const out = failed || ["PUSHING", "UNKNOWN", "ACCEPTED"].includes(quota.state);
  return (
    <>
      <tr data-quota={quota.channelCode}>
        <th scope="row">{channel(quota.channelCode)}</th>
        <td>
          <em data-quota-state={quota.state}>{say(quota.state)}</em>
        </td>
        <td>{count(quota.units)}</td>
        <td>{count(quota.sold)}</td>
        <td>
          {quota.left === null ? "?" : count(quota.left)}
          {quota.over > 0 && <b className="bad"> {say("tooMany", quota.over)}</b>}
        </td>
      </tr>
      <tr className="more">
        <td colSpan={5}>
          <small>
            {[quota.reason, quota.lookedAt && say("lookedAt", time(quota.lookedAt))]
              .filter(Boolean)
              .join(" · ")}
          </small>
          {out && (
            <button
              type="button"
              disabled={busy}
              onClick={() => void take("takeBackFlashQuota", named)}
            >
              {say("takeBackFlashQuota")}
            </button>
          )}
          {failed && (
            <form
              onSubmit={(event) => {
                event.preventDefault();
                void take("settleFlashQuota", { ...named, sold: Number(sold) });
              }}
            >
              <button
                type="button"
                disabled={busy}
                onClick={() => void take("pushFlashQuotaAgain", named)}
              >
                {say("pushFlashQuotaAgain")}
              </button>
              <input
                type="number"
                min="0"
                max={quota.units}
                required
                aria-label={say("soldThere")}
                placeholder={say("soldThere")}
                value={sold}
                onChange={({ target }) => setSold(target.value)}
              />
              <button type="submit" disabled={busy}>
                {say("settleFlashQuota")}
              </button>
            </form>
          )}
        </td>
      </tr>
    </>
  );
}

function Push({ sale, channels, busy, take }: Props) {
  const { say } = useSpeech();
  const [units, setUnits] = useState("");
  const [code, setCode] = useState("");
  const [chosen, setChosen] = useState<string | null>(null);
  const channel = chosen ?? channels[0]?.code ?? "";
  return (
    <form
      className="push"
      onSubmit={(event) => {
        event.preventDefault();
        const given = { sale: sale.id, channel, units: Number(units), code: code.trim() || null };
        void take("pushFlashQuota", given).then((done) => done && setUnits(""));
      }}
    >
      <label>
        {say("to")}
        <select name="quota-channel" value={channel} onChange={(event) => setChosen(event.target.value)}>
          {channels.map(({ code: known, name }) => (
            <option key={known} value={known}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <input
        name="quota-units"
        type="number"
        min="1"
        required
        aria-label={say("pieces")}
        placeholder={say("pieces")}
        value={units}
        onChange={(event) => setUnits(event.target.value)}
      />
      <input
        name="quota-code"
        maxLength={200}
        aria-label={say("code")}
        placeholder={say("code")}
        value={code}
        onChange={(event) => setCode(event.target.value)}
      />
      <button type="submit" data-step="pushFlashQuota" disabled={busy || channel === ""}>
        {say("pushFlashQuota")}
      </button>
    </form>
  );
}
