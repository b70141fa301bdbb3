// Frontends and backends of all providers, as they were said and what became of them.
import { useEffect, useRef, useState } from "preact/hooks";
import type { Backend, Overview, Router } from "../api/documents";
import { revision } from "../api/live";
import { count, percent } from "../format";
import { place, setParameters, to } from "../location";
import { Failed } from "../widgets/Failed";
import { usePages } from "../widgets/pages";
import { State } from "../widgets/State";
import { VirtualList } from "../widgets/VirtualList";

const ROW = 104;
const FILTERS = ["q", "host", "path", "provider", "problems"] as const;
type Filter = Record<(typeof FILTERS)[number], string>;

function fromAddress(): Filter {
  const { parameters } = place.value;
  return Object.fromEntries(FILTERS.map((name) => [name, parameters.get(name) ?? ""])) as Filter;
}

export function Providers({ overview }: { overview: Overview | null }) {
  const [filter, setFilter] = useState<Filter>(fromAddress);
  const [shown, setShown] = useState<"frontends" | "backends">("frontends");
  const settled = useSettled(filter);
  useEffect(() => setFilter(fromAddress()), [place.value]);
  useEffect(() => {
    if (place.value.page === "providers") setParameters(settled);
  }, [settled]);
  const { q, host, path, provider } = settled;
  const problems = settled.problems !== "";
  const routers = usePages<Router>("routers", { q, host, path, provider, problems }, revision.value);
  const backends = usePages<Backend>("backends", { q, provider, problems }, revision.value);
  const change = (name: keyof Filter, value: string) => setFilter((old) => ({ ...old, [name]: value }));
  return (
    <>
      <h1 class="visually-hidden">Providers</h1>
      <Summary overview={overview} />
      <Filters filter={filter} change={change} overview={overview} />
      {routers.error && <Failed error={routers.error} />}
      <div class="tabs narrow-only" role="group" aria-label="Shown">
        {(["frontends", "backends"] as const).map((name) => (
          <button key={name} type="button" aria-pressed={shown === name} onClick={() => setShown(name)}>
            {name === "frontends" ? "Frontends" : "Backends"}
          </button>
        ))}
      </div>
      <div class={`columns shown-${shown}`}>
        <section class="column column-frontends" aria-labelledby="frontends">
          <h2 id="frontends">
            Frontends <Total total={routers.total} />
          </h2>
          {routers.total === 0 ? (
            <Nothing overview={overview} filtered={isFiltering(settled)} />
          ) : (
            <VirtualList label="Frontends" rowHeight={ROW} {...routers} total={Math.max(0, routers.total)}>
              {(router) => <RouterRow router={router} />}
            </VirtualList>
          )}
        </section>
        <section class="column column-backends" aria-labelledby="backends">
          <h2 id="backends">
            Backends <Total total={backends.total} />
          </h2>
          {backends.total === 0 ? (
            <p class="empty">No backend fits.</p>
          ) : (
            <VirtualList label="Backends" rowHeight={ROW} {...backends} total={Math.max(0, backends.total)}>
              {(backend) => <BackendRow backend={backend} />}
            </VirtualList>
          )}
        </section>
      </div>
    </>
  );
}

function isFiltering(filter: Filter): boolean {
  return FILTERS.some((name) => filter[name] !== "");
}

/** What was typed, once the typing rests. */
function useSettled(filter: Filter): Filter {
  const [settled, setSettled] = useState(filter);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(filter), 150);
    return () => clearTimeout(timer);
  }, [filter]);
  return settled;
}

function Total({ total }: { total: number }) {
  return total < 0 ? null : <span class="total">{total.toLocaleString()}</span>;
}

function Summary({ overview }: { overview: Overview | null }) {
  return (
    <ul class="entry-points" aria-label="Entry points">
      {(overview?.entryPoints ?? []).map((point) => (
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

interface FiltersProperties {
  filter: Filter;
  change: (name: keyof Filter, value: string) => void;
  overview: Overview | null;
}

function Filters({ filter, change, overview }: FiltersProperties) {
  const search = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const jump = (event: KeyboardEvent) => {
      if (event.key !== "/" || event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement)
        return;
      event.preventDefault();
      search.current?.focus();
    };
    addEventListener("keydown", jump);
    return () => removeEventListener("keydown", jump);
  }, []);
  const field = (name: "q" | "host" | "path", label: string, hint: string) => (
    <label class={`field field-${name}`}>
      <span>{label}</span>
      <input
        type="search"
        value={filter[name]}
        placeholder={hint}
        ref={name === "q" ? search : null}
        autocomplete="off"
        spellcheck={false}
        onInput={(event) => change(name, event.currentTarget.value)}
      />
    </label>
  );
  return (
    <search class="filters">
      {field("q", "Find", "name, rule, server, origin – press /")}
      {field("host", "Host", "shop.example.com")}
      {field("path", "Path", "/api")}
      {overview && overview.providers.length > 1 && (
        <label class="field">
          <span>Provider</span>
          <select value={filter.provider} onChange={(event) => change("provider", event.currentTarget.value)}>
            <option value="">all</option>
            {overview.providers.map((one) => (
              <option key={one.name} value={one.name}>
                {one.name}
              </option>
            ))}
          </select>
        </label>
      )}
      <label class="check">
        <input
          type="checkbox"
          checked={filter.problems !== ""}
          onChange={(event) => change("problems", event.currentTarget.checked ? "true" : "")}
        />
        <span>With problems</span>
      </label>
    </search>
  );
}

function Nothing({ overview, filtered }: { overview: Overview | null; filtered: boolean }) {
  if (filtered) return <p class="empty">No frontend fits this filter.</p>;
  if (overview && !overview.ready) return <p class="empty">Waiting for the first report of the providers.</p>;
  return <p class="empty">No provider has said anything yet. Is one switched on?</p>;
}

function RouterRow({ router }: { router: Router }) {
  const problem = router.problems[0];
  return (
    <a class={`item item-${router.state}`} href={to("routers", router.name)}>
      <span class="item-head">
        <b class="item-name">{router.frontend}</b>
        <span class="provider">{router.provider}</span>
        <State state={router.state} problems={router.problems.length} />
      </span>
      <code class="rules" title={router.rules.join("\n")}>
        {router.rules.join("  ·  ")}
      </code>
      {problem ? (
        <span
          class={`item-problem item-problem-${problem.severity}`}
          title={router.problems.map((one) => one.message).join("\n")}
        >
          {router.problems.length > 1 && <b>{router.problems.length} problems: </b>}
          {problem.key && `${problem.key}: `}
          {problem.message}
        </span>
      ) : (
        <span class="chips">
          {router.entryPoints.map((name) => (
            <span key={name} class="chip">
              {name}
            </span>
          ))}
          {router.middlewares.map((name) => (
            <span key={name} class="chip chip-accent">
              {name}
            </span>
          ))}
          <span class="item-to">
            priority {router.priority} → {router.backend} ({router.servers}{" "}
            {router.servers === 1 ? "server" : "servers"})
          </span>
        </span>
      )}
    </a>
  );
}

function BackendRow({ backend }: { backend: Backend }) {
  const problem = backend.problems[0];
  return (
    <a class={`item item-${backend.state}`} href={to("providers", "", { q: backend.backend })}>
      <span class="item-head">
        <b class="item-name">{backend.backend}</b>
        <span class="provider">{backend.method || backend.provider}</span>
        <State state={backend.state} problems={backend.problems.length} />
      </span>
      <span class="servers" title={backend.servers.map((one) => `${one.url} weight ${one.weight}`).join("\n")}>
        {backend.servers.slice(0, 3).map((server) => (
          <span key={server.name} class="server">
            <code>{server.url}</code>
            <span class={server.weight > 0 ? "share" : "share share-none"}>{percent(server.share)}</span>
          </span>
        ))}
        {backend.serverCount > 3 && <span class="more">+{count(backend.serverCount - 3)}</span>}
      </span>
      {problem ? (
        <span class={`item-problem item-problem-${problem.severity}`} title={problem.message}>
          {problem.key && `${problem.key}: `}
          {problem.message}
        </span>
      ) : (
        <span class="chips">
          {backend.options.map((step) => (
            <span
              key={step.name}
              class="chip chip-quiet"
              title={Object.entries(step.settings)
                .map((pair) => pair.join(": "))
                .join("\n")}
            >
              {step.name}
            </span>
          ))}
          <span class="item-to">
            {backend.routers} {backend.routers === 1 ? "frontend" : "frontends"}
          </span>
        </span>
      )}
    </a>
  );
}
