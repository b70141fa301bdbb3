// Frontends and backends of all providers, as they were said and what became of them.
import { useCallback, useEffect, useLayoutEffect, useState } from "preact/hooks";
import { changes } from "../../api/changes";
import type { Backend, Overview, Router } from "../../api/documents";
import { place, setParameters } from "../../location";
import { Failed } from "../../widgets/Failed";
import { type Paged, usePages } from "../../widgets/pages";
import { VirtualList } from "../../widgets/VirtualList";
import { BackendRow } from "./BackendRow";
import { EntryPoints } from "./EntryPoints";
import { Filters } from "./Filters";
import { type Filter, fromAddress, isFiltering } from "./filter";
import { RouterRow } from "./RouterRow";

const ROW = 104;
const SETTLED_MS = 40;
type Side = "frontends" | "backends";

export function Providers({ overview }: { overview: Overview | null }) {
  const [filter, setFilter] = useState<Filter>(fromAddress);
  const [side, setSide] = useState<Side>(() =>
    place.value.parameters.get("show") === "backends" ? "backends" : "frontends",
  );
  const settled = useSettled(filter);
  useEffect(() => setFilter(fromAddress()), [place.value]);
  useEffect(() => {
    if (place.value.page === "providers") setParameters({ ...settled, show: side === "backends" ? side : "" });
  }, [settled, side]);
  const { q, host, path, provider } = settled;
  const problems = settled.problems !== "";
  const routers = usePages<Router>("routers", { q, host, path, provider, problems }, changes.value);
  const backends = usePages<Backend>("backends", { q, provider, problems }, changes.value);
  const change = useCallback((part: Partial<Filter>) => setFilter((old) => ({ ...old, ...part })), []);
  return (
    <>
      <h1 class="visually-hidden">Providers</h1>
      <EntryPoints overview={overview} />
      <Filters filter={filter} change={change} overview={overview} />
      {routers.error && <Failed error={routers.error} />}
      <Sides side={side} show={setSide} />
      <div class={`columns shown-${side}`}>
        <Column name="frontends" title="Frontends" list={routers} nothing={nothing(overview, isFiltering(settled))}>
          {(router) => <RouterRow router={router} />}
        </Column>
        <Column
          name="backends"
          title="Backends"
          list={backends}
          nothing={isFiltering(settled) ? "No backend fits this filter." : "There is no backend."}
        >
          {(backend) => <BackendRow backend={backend} />}
        </Column>
      </div>
    </>
  );
}

/** What was typed, once the typing rests. */
function useSettled(filter: Filter): Filter {
  const [settled, setSettled] = useState(filter);
  // Not after the next frame, as effects are: whoever types waits for it.
  useLayoutEffect(() => {
    const timer = setTimeout(() => setSettled(filter), SETTLED_MS);
    return () => clearTimeout(timer);
  }, [filter]);
  return settled;
}

function Sides({ side, show }: { side: Side; show: (side: Side) => void }) {
  return (
    <div class="tabs narrow-only" role="group" aria-label="Shown">
      {(["frontends", "backends"] as const).map((name) => (
        <button key={name} type="button" class="tab" aria-pressed={side === name} onClick={() => show(name)}>
          {name === "frontends" ? "Frontends" : "Backends"}
        </button>
      ))}
    </div>
  );
}

interface ColumnProperties<T> {
  name: string;
  title: string;
  list: Paged<T>;
  nothing: string;
  children: (item: T) => preact.ComponentChildren;
}

function Column<T>({ name, title, list, nothing, children }: ColumnProperties<T>) {
  const { total, item, onPages, busy } = list;
  return (
    <section class={`column column-${name}`} aria-labelledby={name} aria-busy={busy}>
      <h2 id={name}>
        {title} {total >= 0 && <span class="total">{total.toLocaleString()}</span>}
      </h2>
      {total === 0 ? (
        <p class="panel empty">{nothing}</p>
      ) : (
        <VirtualList label={title} rowHeight={ROW} item={item} onPages={onPages} total={Math.max(0, total)}>
          {children}
        </VirtualList>
      )}
    </section>
  );
}

function nothing(overview: Overview | null, filtered: boolean): string {
  if (filtered) return "No frontend fits this filter.";
  if (overview && !overview.ready) return "Waiting for the first report of the providers.";
  return "No provider has named a frontend yet. Is one switched on?";
}
