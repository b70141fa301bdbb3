// From numbers to places on a chart.

/** The next round number at or above: 1, 2, 2.5, 5 times a power of ten. */
export function ceiling(value: number): number {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  for (const step of [1, 2, 2.5, 5, 10]) if (step * power >= value * 0.999_999) return step * power;
  return 10 * power;
}

/** Where an instant lies, 0 (oldest shown) to 1 (now). */
export function across(time: number, now: number, spanMs: number): number {
  return 1 - (now - time) / spanMs;
}

export interface Point {
  x: number;
  y: number;
}

/** A path through points; `null` interrupts it. */
export function line(points: (Point | null)[]): string {
  let path = "";
  let pen = false;
  for (const point of points) {
    if (point) path += `${pen ? "L" : "M"}${point.x.toFixed(1)} ${point.y.toFixed(1)}`;
    pen = point !== null;
  }
  return path;
}

/** An area between two lines of the same length. */
export function area(upper: Point[], lower: Point[]): string {
  if (upper.length === 0) return "";
  return `${line(upper)}${line([...lower].reverse()).replace("M", "L")}Z`;
}
