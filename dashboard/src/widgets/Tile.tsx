// One number that matters, with its name and what it did lately.
import type { ComponentChildren } from "preact";
import { Spark } from "../charts/Spark";

interface Properties {
  name: string;
  value: string;
  note?: ComponentChildren;
  tone?: "good" | "warning" | "bad" | "plain";
  history?: (number | null)[];
}

export function Tile({ name, value, note, tone = "plain", history }: Properties) {
  return (
    <div class={`tile tile-${tone}`}>
      <dt>{name}</dt>
      <dd>
        <span class="tile-value">{value}</span>
        {note && <span class="tile-note">{note}</span>}
      </dd>
      {history && <Spark values={history} />}
    </div>
  );
}
