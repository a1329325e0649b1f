const WIDTH = 160;
const HEIGHT = 22;
const MOST_WIDE = 12;

interface Props {
  /** The oldest first. */
  counts: readonly number[];
  label: string;
}

/** A bar a run; none is a stroke on the ground. */
export function Bars({ counts, label }: Props) {
  const most = Math.max(1, ...counts);
  const step = Math.min(MOST_WIDE, WIDTH / counts.length);
  return (
    <svg className="bars" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={label}>
      {counts.map((count, place) => {
        const height = count === 0 ? 1 : Math.max(3, (count / most) * HEIGHT);
        return (
          <rect
            key={place}
            data-none={count === 0}
            x={WIDTH - (counts.length - place) * step}
            y={HEIGHT - height}
            width={Math.max(1, step - 2)}
            height={height}
          />
        );
      })}
    </svg>
  );
}
