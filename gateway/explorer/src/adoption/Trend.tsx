import type { TrendPoint } from "./records";
import { useSpeech } from "./speech";

/** More than this share of differences stops a promotion: 0.1 %. */
const LIMIT = 0.001;

interface Props {
  points: readonly TrendPoint[];
  label: string;
  /** With axes and the limit, in the drawer; else a spark. */
  large?: boolean;
}

/** The share of comparisons that differed, over time. */
export function Trend({ points, label, large = false }: Props) {
  const { say, rate, moment } = useSpeech();
  const compared = points.filter((one) => one.compared > 0);
  const first = compared[0];
  const last = compared.at(-1);
  if (first === undefined || last === undefined) {
    return large ? <p className="quiet">{say("notCompared")}</p> : null;
  }
  const [width, height, left, foot] = large ? [440, 130, 44, 18] : [84, 20, 1, 1];
  const shares = compared.map((one) => one.mismatched / one.compared);
  const most = Math.max(LIMIT * 1.6, ...shares);
  const [from, until] = [Date.parse(first.at), Date.parse(last.at)];
  const x = (at: number) => left + ((at - from) / Math.max(1, until - from)) * (width - left - 4);
  const y = (value: number) => 5 + (1 - value / most) * (height - 7 - foot);
  const drawn = compared.map((one, place) => [x(Date.parse(one.at)), y(shares[place] ?? 0)] as const);
  const bad = (shares.at(-1) ?? 0) > LIMIT;
  const now = rate(last.mismatched, last.compared);
  return (
    <svg
      className={large ? "trend" : "spark"}
      data-bad={bad}
      viewBox={`0 0 ${width} ${height}`}
      role="img"
      aria-label={`${label}: ${say("trendNow", now)}`}
    >
      {large && (
        <>
          <line className="grid" x1={left} x2={width} y1={y(0)} y2={y(0)} />
          <text x={left - 6} y={y(0) + 3} textAnchor="end">
            {rate(0, 1)}
          </text>
          <text x={left - 6} y={y(most) + 8} textAnchor="end">
            {rate(most, 1)}
          </text>
          <line className="limit" x1={left} x2={width} y1={y(LIMIT)} y2={y(LIMIT)} />
          <text className="limit" x={left + 4} y={y(LIMIT) - 4}>
            {say("limit", rate(LIMIT, 1))}
          </text>
          <text x={left} y={height - 4}>
            {moment(first.at)}
          </text>
          <text x={width} y={height - 4} textAnchor="end">
            {moment(last.at)}
          </text>
        </>
      )}
      <polyline points={drawn.map(([a, b]) => `${a.toFixed(1)},${b.toFixed(1)}`).join(" ")} />
      {drawn.slice(-1).map(([a, b]) => (
        <circle key="last" cx={a} cy={b} r={large ? 3.5 : 2.2} />
      ))}
    </svg>
  );
}
