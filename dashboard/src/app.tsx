// The frame around every page: where one can go, which replica answers, whether its numbers still come.
import { useEffect } from "preact/hooks";
import { changes } from "./api/changes";
import { address } from "./api/client";
import type { Overview } from "./api/documents";
import { connection, heard, hostname, watch } from "./api/live";
import { useResource } from "./api/resource";
import { time } from "./format";
import { place, to } from "./location";
import { Backend } from "./pages/Backend";
import { Certificates } from "./pages/Certificates";
import { Explain } from "./pages/Explain";
import { Health } from "./pages/Health";
import { Problems } from "./pages/Problems";
import { Providers } from "./pages/providers/Providers";
import { Route } from "./pages/Route";
import { theme, toggle } from "./theme";
import { Icon } from "./widgets/Icon";

const PAGES = [
  ["providers", "Providers"],
  ["health", "Health"],
  ["explain", "Explain"],
  ["certificates", "Certificates"],
] as const;

const CONNECTIONS = { connecting: "Connecting", open: "Live", lost: "Not connected" };

export function App() {
  const { page, rest } = place.value;
  const router = page === "routers" ? rest : "";
  useEffect(() => watch(router), [router]);
  const overview = useResource<Overview>(address("overview"), changes.value).data;
  useEffect(() => {
    const title = PAGES.find(([name]) => name === page)?.[1] ?? (rest || "Problems");
    document.title = `${title} · Pointsman`;
  }, [page, rest]);
  return (
    <>
      <button type="button" class="skip" onClick={skip}>
        Skip to content
      </button>
      <header class="bar">
        <a class="brand" href={to("providers")}>
          <Mark />
          <span>Pointsman</span>
        </a>
        <nav aria-label="Pages">
          {PAGES.map(([name, title]) => (
            <a key={name} href={to(name)} aria-current={isCurrent(name, page) ? "page" : undefined}>
              {title}
            </a>
          ))}
          <ProblemsLink overview={overview} current={page === "problems"} />
        </nav>
        <div class="bar-end">
          <Replica overview={overview} />
          <button
            type="button"
            class="icon-button"
            onClick={toggle}
            aria-label={`Use the ${theme.value === "dark" ? "light" : "dark"} theme`}
          >
            <Icon name={theme.value === "dark" ? "sun" : "moon"} />
          </button>
        </div>
      </header>
      {connection.value === "lost" && <Lost />}
      <main id="main" tabIndex={-1} class={`page page-${page} ${connection.value === "lost" ? "page-old" : ""}`}>
        <Page page={page} rest={rest} overview={overview} />
      </main>
    </>
  );
}

function Lost() {
  return (
    <p class="notice notice-warning" role="status">
      <Icon name="warning" />{" "}
      {heard.value > 0
        ? `No new figures: Pointsman does not answer. What you see is as of ${time(heard.value)}; it is tried again.`
        : "Pointsman sends no figures. It is tried again."}
    </p>
  );
}

function skip() {
  document.getElementById("main")?.focus();
}

function isCurrent(name: string, page: string): boolean {
  return name === page || (name === "providers" && (page === "routers" || page === "backends"));
}

function Page({ page, rest, overview }: { page: string; rest: string; overview: Overview | null }) {
  switch (page) {
    case "providers":
      return <Providers overview={overview} />;
    case "routers":
      return <Route name={rest} key={rest} />;
    case "backends":
      return <Backend name={rest} key={rest} />;
    case "health":
      return <Health overview={overview} />;
    case "explain":
      return <Explain overview={overview} />;
    case "certificates":
      return <Certificates />;
    case "problems":
      return <Problems />;
    default:
      return <p class="empty">There is no such page.</p>;
  }
}

function ProblemsLink({ overview, current }: { overview: Overview | null; current: boolean }) {
  const errors = overview?.errors ?? 0;
  const warnings = overview?.warnings ?? 0;
  return (
    <a href={to("problems")} aria-current={current ? "page" : undefined}>
      Problems
      {errors > 0 && (
        <span class="count count-error" title={`${errors} errors`}>
          {errors}
        </span>
      )}
      {warnings > 0 && (
        <span class="count count-warning" title={`${warnings} warnings`}>
          {warnings}
        </span>
      )}
    </a>
  );
}

function Replica({ overview }: { overview: Overview | null }) {
  const name = hostname.value || overview?.hostname || "";
  const state = connection.value;
  return (
    <span class="replica" title={`Replica ${name}${overview ? `, version ${overview.version}` : ""}`}>
      <span class={`dot dot-${state}`} aria-hidden="true" />
      <span class="visually-hidden">{CONNECTIONS[state]}. Replica </span>
      <span class="replica-name">{name}</span>
      {overview && <span class="version">v{overview.version}</span>}
    </span>
  );
}

function Mark() {
  return (
    <svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="8" />
      <path d="M16 27V18C16 12 9 12 9 5" />
      <path d="M16 18C16 12 23 12 23 5" />
    </svg>
  );
}
