// A small line without axes.
import { line } from "./scale";

const WIDTH = 120;
const HEIGHT = 28;
const SHOWN = 60;

export function Spark({ values }: { values: (number | null)[] }) {
  const shown = values.slice(-SHOWN);
  const top = Math.max(...shown.map((value) => value ?? 0), 1e-9);
  const step = WIDTH / (Math.max(shown.length, 12) - 1);
  const points = shown.map((value, index) =>
    value === null
      ? null
      : { x: WIDTH - (shown.length - 1 - index) * step, y: HEIGHT - 2 - (value / top) * (HEIGHT - 4) },
  );
  return (
    <svg class="spark" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      <path d={line(points)} />
    </svg>
  );
}
