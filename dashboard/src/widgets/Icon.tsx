// Signs of 16 by 16 that mean the same everywhere.
const PATHS = {
  up: "M3.5 8.5l3 3 6-7",
  down: "M4 4l8 8M12 4l-8 8",
  warning: "M8 3v6M8 12.5v.5",
  off: "M4 8h8",
  copy: "M6 5.5V3h7v8h-2.5M3 5.5h7.5V13H3z",
  sun: "M8 5a3 3 0 100 6 3 3 0 000-6zM8 1v1.5M8 13.5V15M1 8h1.5M13.5 8H15M3 3l1 1M12 12l1 1M13 3l-1 1M4 12l-1 1",
  moon: "M13.5 9.5A6 6 0 016.5 2.500 6 6 0 1013.500 9.500z",
  back: "M10 3L5 8l5 5",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class={`icon icon-${name}`} viewBox="0 0 16 16" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
