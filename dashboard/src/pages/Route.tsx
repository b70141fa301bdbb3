// One router's way, from what it matches to the servers it leads to, with its own traffic.
import type { ComponentChildren } from "preact";
import { changes } from "../api/changes";
import { address } from "../api/client";
import type { RouterDetail } from "../api/documents";
import { live, routerSamples } from "../api/live";
import { useResource } from "../api/resource";
import { TimeChart } from "../charts/TimeChart";
import { byClass, durations, inMs } from "../charts/traffic";
import { count, duration, percent } from "../format";
import { to } from "../location";
import { Copy } from "../widgets/Copy";
import { Loaded } from "../widgets/Failed";
import { ProblemList } from "../widgets/ProblemList";
import { otherProblems, ServerList } from "../widgets/Servers";
import { State } from "../widgets/State";
import { Steps } from "../widgets/Steps";
import { Tile } from "../widgets/Tile";

export function Route({ name }: { name: string }) {
  const found = useResource<RouterDetail>(address(`routers/${encodeURIComponent(name)}`), changes.value);
  return <Loaded of={found}>{(data) => <Shown name={name} data={data} />}</Loaded>;
}

function Shown({ name, data }: { name: string; data: RouterDetail }) {
  const { router } = data;
  return (
    <>
      <div class="title">
        <a class="back" href={to("providers")}>
          ← Providers
        </a>
        <h1>{router.frontend}</h1>
        <Copy text={router.frontend} what="the frontend's name" />
        <span class="provider">{router.provider}</span>
        <State state={router.state} problems={router.problems.length} down={router.down} />
        {router.origin && <span class="origin">{router.origin}</span>}
      </div>
      <ProblemList problems={router.problems} />
      <Way detail={data} />
      <Traffic name={name} />
      <Raw document={data.configuration} />
    </>
  );
}

export function Raw({ document }: { document: Record<string, unknown> }) {
  const text = JSON.stringify(document, null, 2);
  return (
    <details class="panel raw">
      <summary>As Traefik 1.7's API shows it</summary>
      <Copy text={text} what="this document" />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, also by keyboard. */}
      <pre tabIndex={0}>{text}</pre>
    </details>
  );
}

function Way({ detail }: { detail: RouterDetail }) {
  const { router, backend } = detail;
  const chain = [...detail.modifiers, ...detail.middlewares];
  return (
    <ol class="way" aria-label="From request to server">
      <Stop title="Entry points" note={`priority ${router.priority}`}>
        <span class="chips">
          {router.entryPoints.map((name) => (
            <span key={name} class="chip">
              {name}
            </span>
          ))}
        </span>
      </Stop>
      <Stop title="Match" note={detail.matchers.length > 1 ? "all of these" : ""}>
        {detail.matchers.length > 0 ? (
          <Steps steps={detail.matchers} />
        ) : (
          router.rules.map((rule) => (
            <code key={rule} class="block">
              {rule}
            </code>
          ))
        )}
      </Stop>
      {chain.length > 0 && (
        <Stop title="Middlewares" note="in this order">
          <Steps steps={chain} />
        </Stop>
      )}
      <Stop
        title={detail.refusal ? "Answer 404" : "Backend"}
        note={
          backend && !detail.refusal
            ? `${backend.method || "wrr"}, ${detail.passHostHeader ? "Host is passed on" : "Host of the server"}`
            : ""
        }
      >
        {detail.refusal ? <p class="text-bad">{detail.refusal}</p> : <Pool detail={detail} />}
      </Stop>
    </ol>
  );
}

function Stop({ title, note, children }: { title: string; note: string; children: ComponentChildren }) {
  return (
    <li class="stop">
      <h2>
        {title} {note && <small>{note}</small>}
      </h2>
      {children}
    </li>
  );
}

function Pool({ detail }: { detail: RouterDetail }) {
  const { backend, router } = detail;
  if (!backend) return <p class="text-bad">There is no backend “{router.backend}”.</p>;
  return (
    <>
      <p class="pool-name">
        <a href={to("backends", backend.name)}>{backend.backend}</a>
        <State state={backend.state} problems={backend.problems.length} down={backend.down} />
      </p>
      {backend.servers.length === 0 && <p class="text-warning">It has no server: requests are answered 503.</p>}
      <ServerList servers={backend.servers} label={`Servers of ${backend.backend}`} />
      {backend.options.length > 0 && <Steps steps={backend.options} />}
      <ProblemList problems={otherProblems(backend)} />
    </>
  );
}

function Traffic({ name }: { name: string }) {
  const history = routerSamples.value;
  const now = live.value?.router?.name === name ? live.value.router : null;
  const times = history.map((one) => one.time);
  const traffic = history.map((one) => one.traffic);
  const failing = now && now.requests > 0 ? (now.classes[5] ?? 0) / now.requests : 0;
  return (
    <section aria-label="Its traffic">
      <dl class="tiles">
        <Tile name="Requests" value={`${count(now?.requests ?? 0)}/s`} history={traffic.map((one) => one.requests)} />
        <Tile
          name="Errors (5xx)"
          value={percent(failing)}
          tone={failing >= 0.05 ? "bad" : failing > 0 ? "warning" : "good"}
          note={now ? `${count(now.totalErrors)} since start` : ""}
        />
        <Tile name="Median" value={duration(now?.p50)} history={traffic.map((one) => one.p50)} />
        <Tile name="p99" value={duration(now?.p99)} history={traffic.map((one) => one.p99)} />
        <Tile name="Since start" value={count(now?.total ?? 0)} note="requests" />
      </dl>
      <div class="charts">
        <TimeChart title="Requests per second" times={times} series={byClass(traffic)} stacked format={count} />
        <TimeChart title="Response time" times={times} series={durations(traffic)} format={inMs} />
      </div>
    </section>
  );
}
