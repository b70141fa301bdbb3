// Lines or stacked areas over the last minutes; the pointer reads a moment off.
import { useState } from "preact/hooks";
import { time as clock } from "../format";
import { across, area, ceiling, line } from "./scale";

export interface Series {
  name: string;
  /** Class of the colour: `series-…`. */
  tone: string;
  values: (number | null)[];
}

interface Properties {
  title: string;
  times: number[];
  series: Series[];
  stacked?: boolean;
  format: (value: number) => string;
}

const WIDTH = 640;
const HEIGHT = 200;
const PAD = { left: 8, right: 8, top: 14, bottom: 22 };

/** The span shown: as long as there are numbers, between one minute and five. */
export function spanOf(times: number[]): number {
  return Math.min(300_000, Math.max(60_000, (times.at(-1) ?? 0) - (times[0] ?? 0)));
}

export function TimeChart({ title, times, series, stacked = false, format }: Properties) {
  const spanMs = spanOf(times);
  const [hover, setHover] = useState<number | null>(null);
  const now = times.at(-1) ?? Date.now();
  const sums = times.map((_, index) => total(series, index, stacked));
  const top = ceiling(Math.max(...sums, 0));
  const x = (time: number) => PAD.left + across(time, now, spanMs) * (WIDTH - PAD.left - PAD.right);
  const y = (value: number) => HEIGHT - PAD.bottom - (value / top) * (HEIGHT - PAD.top - PAD.bottom);
  const point = (index: number, value: number) => ({ x: x(times[index] ?? now), y: y(value) });
  const floor = times.map(() => 0);
  const shapes = series.map((one) => {
    if (!stacked)
      return { ...one, path: line(one.values.map((value, index) => (value === null ? null : point(index, value)))) };
    const lower = times.map((_, index) => point(index, floor[index] ?? 0));
    times.forEach((_, index) => {
      floor[index] = (floor[index] ?? 0) + (one.values[index] ?? 0);
    });
    return {
      ...one,
      path: area(
        times.map((_, index) => point(index, floor[index] ?? 0)),
        lower,
      ),
    };
  });
  const find = (event: PointerEvent) => {
    const box = (event.currentTarget as Element).getBoundingClientRect();
    setHover(nearest(times, now - spanMs * (1 - (event.clientX - box.left) / box.width)));
  };
  const shown = hover !== null && hover < times.length ? hover : times.length - 1;
  return (
    <figure class="chart">
      <figcaption>
        <span class="chart-title">{title}</span>
        <span class="legend">
          {series.map((one) => {
            const value = one.values[shown];
            return (
              <span key={one.name} class={`key series-${one.tone}`}>
                {one.name} <b>{value === null || value === undefined ? "–" : format(value)}</b>
              </span>
            );
          })}
        </span>
      </figcaption>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        role="img"
        aria-label={`${title}: ${series.map((one) => `${one.name} ${format(one.values.at(-1) ?? 0)}`).join(", ")}`}
        onPointerMove={find}
        onPointerLeave={() => setHover(null)}
      >
        {[0.25, 0.5, 0.75, 1].map((share) => (
          <g key={share} class="grid">
            <line x1={PAD.left} x2={WIDTH - PAD.right} y1={y(top * share)} y2={y(top * share)} />
            {share % 0.5 === 0 && (
              <text x={PAD.left} y={y(top * share) - 4}>
                {format(top * share)}
              </text>
            )}
          </g>
        ))}
        <line class="base" x1={PAD.left} x2={WIDTH - PAD.right} y1={y(0)} y2={y(0)} />
        {ticks(spanMs).map((seconds) => (
          <text key={seconds} class="tick" x={x(now - seconds * 1000)} y={HEIGHT - 6}>
            −{seconds < 60 ? `${seconds} s` : `${seconds / 60} min`}
          </text>
        ))}
        {shapes.map((one) => (
          <path key={one.name} class={`${stacked ? "area" : "line"} series-${one.tone}`} d={one.path} />
        ))}
        {hover !== null && times[hover] !== undefined && (
          <g class="cursor">
            <line x1={x(times[hover])} x2={x(times[hover])} y1={PAD.top} y2={HEIGHT - PAD.bottom} />
            <text x={Math.min(Math.max(x(times[hover]), 34), WIDTH - 34)} y={10}>
              {clock(times[hover])}
            </text>
          </g>
        )}
      </svg>
      {times.length < 2 && <p class="chart-empty">Collecting – the first numbers come in a second or two.</p>}
    </figure>
  );
}

function total(series: Series[], index: number, stacked: boolean): number {
  const values = series.map((one) => one.values[index] ?? 0);
  return stacked ? values.reduce((sum, value) => sum + value, 0) : Math.max(...values, 0);
}

function ticks(spanMs: number): number[] {
  const step = spanMs <= 60_000 ? 15 : spanMs <= 120_000 ? 30 : 60;
  const most = Math.ceil(spanMs / 1000 / step) - 1;
  return Array.from({ length: most }, (_, index) => (index + 1) * step);
}

function nearest(times: number[], wanted: number): number | null {
  if (times.length === 0) return null;
  let best = 0;
  times.forEach((time, index) => {
    if (Math.abs(time - wanted) < Math.abs((times[best] ?? 0) - wanted)) best = index;
  });
  return best;
}
