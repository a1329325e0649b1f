import { useEffect, useState } from "react";

import { Chart, type Line } from "./Chart";
import type { Figures, Sale, Second } from "./records";
import { useSpeech } from "./speech";
import type { StockPoint } from "./useSale";

const SPAN_MS = 2 * 60_000;
// Processes write down what they answered once a second.
const TOLD_MS = 3_000;
const GRANTED = new Set(["RESERVED", "REPLAYED"]);

interface Props {
  sale: Sale;
  figures: Figures | null;
  stock: readonly StockPoint[];
  seconds: ReadonlyMap<number, Second>;
  skewMs: number;
}

/** The sale in figures: what is left, how fast it goes, what is paid; and the last two minutes. */
export function Pace({ sale, figures, stock, seconds, skewMs }: Props) {
  const { say, count, money, channel } = useSpeech();
  const until = Math.max(useNow() + skewMs, stock.at(-1)?.at ?? 0);
  const left = sum(sale.desk.pools.map(({ remaining }) => remaining));
  const allocated = sum(sale.desk.pools.map(({ allocated: put }) => put));
  const orders = rates(seconds, until, ({ answer }) => answer === "RESERVED");
  const refused = rates(seconds, until, ({ answer }) => !GRANTED.has(answer));
  const lines: Line[] = sale.desk.pools.map(({ channelCode }) => ({
    name: channel(channelCode),
    points: stock.map(({ at, left: units }) => [at, units[channelCode ?? ""] ?? 0] as const),
  }));
  return (
    <>
      <dl className="tiles">
        <Tile name="remaining" word={say("remaining")} value={count(left)}>
          {say("ofAll", allocated)}
        </Tile>
        <Tile name="rate" word={say("ordersPerSecond")} value={count(latest(orders))}>
          {say("peak", Math.max(0, ...orders.map(([, value]) => value)))}
        </Tile>
        <Tile name="pending" word={say("pending")} value={figures ? count(figures.pending) : "–"}>
          {figures && say("released", figures.released)}
        </Tile>
        <Tile name="paid" word={say("paid")} value={figures ? count(figures.paid) : "–"}>
          {figures?.revenue && money(figures.revenue)}
        </Tile>
      </dl>
      <div className="charts">
        <Chart title={say("stockChart")} lines={lines} until={until} spanMs={SPAN_MS} />
        <Chart
          title={say("rateChart")}
          lines={[
            { name: say("ordersPerSecond"), points: orders },
            { name: say("refusalsPerSecond"), points: refused },
          ]}
          until={until}
          spanMs={SPAN_MS}
        />
      </div>
    </>
  );
}

interface TileProps {
  name: string;
  word: string;
  value: string;
  children: React.ReactNode;
}

function Tile({ name, word, value, children }: TileProps) {
  return (
    <div data-tile={name}>
      <dt>{word}</dt>
      <dd>
        <b>{value}</b>
        <small>{children}</small>
      </dd>
    </div>
  );
}

/** A figure for every second that all processes have told of; where nothing was answered, nought. */
function rates(
  seconds: ReadonlyMap<number, Second>,
  until: number,
  wanted: (one: Second["answers"][number]) => boolean,
): (readonly [number, number])[] {
  const last = Math.floor(until / 1000) * 1000 - TOLD_MS;
  const points = [];
  for (let at = last - SPAN_MS; at <= last; at += 1000) {
    const answers = seconds.get(at)?.answers ?? [];
    points.push([at, sum(answers.filter(wanted).map(({ count }) => count))] as const);
  }
  return points;
}

function latest(points: readonly (readonly [number, number])[]): number {
  return points.at(-1)?.[1] ?? 0;
}

function sum(values: readonly number[]): number {
  return values.reduce((all, one) => all + one, 0);
}

/** The time, so that charts go on where nothing happens. */
function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const ticking = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(ticking);
  }, []);
  return now;
}
