// Where requests come in.
import type { EntryPointInfo, Overview } from "../../api/documents";

const SHOWN = 6;

export function EntryPoints({ overview }: { overview: Overview | null }) {
  const points = overview?.entryPoints ?? [];
  // Those that answer something themselves are what people look for.
  const sorted = [...points].sort((one, other) => rank(one) - rank(other));
  const rest = sorted.slice(SHOWN);
  return (
    <div class="entry-points">
      <List points={sorted.slice(0, SHOWN)} label="Entry points" />
      {rest.length > 0 && (
        <details class="more-points">
          <summary>{rest.length} more entry points</summary>
          <List points={rest} label="Further entry points" />
        </details>
      )}
    </div>
  );
}

function rank(point: EntryPointInfo): number {
  return point.isDefault ? 0 : point.internal.length > 0 ? 1 : 2;
}

function List({ points, label }: { points: EntryPointInfo[]; label: string }) {
  return (
    <ul aria-label={label}>
      {points.map((point) => (
        <li key={point.name}>
          <b>{point.name}</b> <code>{point.address}</code>
          {point.tls && <span class="chip">TLS</span>}
          {point.internal.map((name) => (
            <span key={name} class="chip chip-quiet">
              {name}
            </span>
          ))}
        </li>
      ))}
    </ul>
  );
}
