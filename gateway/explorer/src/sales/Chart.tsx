import { useId } from "react";

import { useSpeech } from "./speech";

export interface Line {
  name: string;
  points: readonly (readonly [at: number, value: number])[];
}

interface Props {
  title: string;
  lines: readonly Line[];
  until: number;
  spanMs: number;
}

const WIDTH = 640;
const HEIGHT = 210;
const LEFT = 58;
const RIGHT = 8;
const TOP = 10;
const BOTTOM = 24;

/** Values over the last minutes as lines; what they are now is written beside their names. */
export function Chart({ title, lines, until, spanMs }: Props) {
  const { count, time } = useSpeech();
  const heading = useId();
  const shown = lines.map((line) => ({
    ...line,
    points: line.points.filter(([at]) => at >= until - spanMs && at <= until),
  }));
  const most = niceAbove(Math.max(1, ...shown.flatMap(({ points }) => points.map(([, v]) => v))));
  const x = (at: number) => LEFT + (1 - (until - at) / spanMs) * (WIDTH - LEFT - RIGHT);
  const y = (value: number) => TOP + (1 - value / most) * (HEIGHT - TOP - BOTTOM);
  const ticks = [0, most / 2, most];
  const times = [until - spanMs, until - spanMs / 2, until];
  return (
    <figure className="chart">
      <figcaption id={heading}>
        <h3>{title}</h3>
        <ul>
          {shown.map(({ name, points }, index) => (
            <li key={name} data-line={index % 6}>
              {name} <b>{count(points.at(-1)?.[1] ?? 0)}</b>
            </li>
          ))}
        </ul>
      </figcaption>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-labelledby={heading}>
        {ticks.map((value) => (
          <g key={value}>
            <line className="grid" x1={LEFT} x2={WIDTH - RIGHT} y1={y(value)} y2={y(value)} />
            <text x={LEFT - 8} y={y(value) + 4} textAnchor="end">
              {count(value)}
            </text>
          </g>
        ))}
        {times.map((at, index) => (
          <text
            key={index}
            x={x(at)}
            y={HEIGHT - 6}
            textAnchor={index === 0 ? "start" : index === 1 ? "middle" : "end"}
          >
            {time(at)}
          </text>
        ))}
        {shown.map(({ name, points }, index) => (
          <polyline
            key={name}
            data-line={index % 6}
            points={points.map(([at, value]) => `${x(at).toFixed(1)},${y(value).toFixed(1)}`).join(" ")}
          />
        ))}
      </svg>
    </figure>
  );
}

/** The least of 1, 2, 4, 5 and 10 times a power of ten that is not below a value; even at 2 up. */
function niceAbove(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 2, 4, 6, 8, 10].find((one) => one * power >= value) ?? 10;
  return Math.max(2, step * power);
}
