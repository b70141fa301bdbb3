// One backend: its servers and how they are, how it treats them, and who uses it.
import { changes } from "../api/changes";
import { address } from "../api/client";
import type { BackendDetail } from "../api/documents";
import { useResource } from "../api/resource";
import { to } from "../location";
import { Copy } from "../widgets/Copy";
import { Loaded } from "../widgets/Failed";
import { ProblemList } from "../widgets/ProblemList";
import { otherProblems, ServerList } from "../widgets/Servers";
import { State } from "../widgets/State";
import { Steps } from "../widgets/Steps";
import { Raw } from "./Route";

export function Backend({ name }: { name: string }) {
  const found = useResource<BackendDetail>(address(`backends/${encodeURIComponent(name)}`), changes.value);
  return <Loaded of={found}>{(data) => <Shown detail={data} />}</Loaded>;
}

function Shown({ detail }: { detail: BackendDetail }) {
  const { backend, routers } = detail;
  const more = backend.routers - routers.length;
  return (
    <>
      <div class="title">
        <a class="back" href={to("providers", "", { show: "backends" })}>
          ← Providers
        </a>
        <h1>{backend.backend}</h1>
        <Copy text={backend.backend} what="the backend's name" />
        <span class="provider">{backend.provider}</span>
        <State state={backend.state} problems={backend.problems.length} down={backend.down} />
      </div>
      <ProblemList problems={otherProblems(backend)} />
      <div class="panels">
        <section class="panel" aria-labelledby="servers">
          <h2 id="servers">
            Servers <span class="total">{backend.serverCount.toLocaleString()}</span>
            {backend.down > 0 && <span class="total text-bad">{backend.down} down</span>}
          </h2>
          {backend.servers.length === 0 && <p class="text-warning">None: requests are answered 503.</p>}
          <ServerList servers={backend.servers} label={`Servers of ${backend.backend}`} />
        </section>
        <div class="stack">
          <section class="panel" aria-labelledby="options">
            <h2 id="options">Options</h2>
            {backend.options.length > 0 ? (
              <Steps steps={backend.options} />
            ) : (
              <p class="quiet">None are set: {backend.method || "wrr"}.</p>
            )}
          </section>
          <section class="panel" aria-labelledby="users">
            <h2 id="users">
              Frontends <span class="total">{backend.routers.toLocaleString()}</span>
            </h2>
            {routers.length === 0 && <p class="quiet">None leads here.</p>}
            <ul class="links">
              {routers.map((one) => (
                <li key={one}>
                  <a href={to("routers", one)}>{one.slice(one.indexOf("/") + 1)}</a>
                </li>
              ))}
            </ul>
            {more > 0 && <p class="quiet">and {more.toLocaleString()} more</p>}
          </section>
        </div>
      </div>
      <Raw document={detail.configuration} />
    </>
  );
}
