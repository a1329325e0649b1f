import type { Sale } from "./records";
import { useSpeech } from "./speech";

/** Where the stock lies: a row for each channel's quota and for what all share. */
export function Stock({ sale }: { sale: Sale }) {
  const { say, count, channel } = useSpeech();
  const { pools, supply } = sale.desk;
  return (
    <section className="card" aria-label={say("pools")}>
      <h3>{say("pools")}</h3>
      <table>
        <thead>
          <tr>
            <th scope="col">{say("channel")}</th>
            <th scope="col">{say("remaining")}</th>
            <th scope="col">{say("allocated")}</th>
            <th scope="col" className="wide" aria-hidden="true" />
            <th scope="col">{say("buckets")}</th>
          </tr>
        </thead>
        <tbody>
          {pools.map(({ channelCode, allocated, remaining, buckets }) => (
            <tr key={channelCode ?? ""} data-pool={channelCode ?? ""}>
              <th scope="row">{channel(channelCode)}</th>
              <td>{count(remaining)}</td>
              <td>{count(allocated)}</td>
              <td className="wide">
                <meter min={0} max={Math.max(1, allocated)} value={remaining} aria-hidden="true" />
              </td>
              <td>
                {count(buckets.length)} ({count(buckets.filter(({ held }) => held).length)})
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {supply !== null && (
        <p className="quiet">
          {say("supply", supply.sellable, supply.onHand, supply.safety, supply.elsewhere)}
        </p>
      )}
    </section>
  );
}
