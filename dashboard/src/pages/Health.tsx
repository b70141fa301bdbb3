// How traffic is doing, second by second.
import type { Live, Overview, RouterTraffic } from "../api/documents";
import { errors, live, samples } from "../api/live";
import { TimeChart } from "../charts/TimeChart";
import { byClass, durations, inMs } from "../charts/traffic";
import { bytes, count, duration, moment, percent, span } from "../format";
import { to } from "../location";
import { Waiting } from "../widgets/Failed";
import { Tile } from "../widgets/Tile";
import { RecentErrors } from "./RecentErrors";

export function Health({ overview }: { overview: Overview | null }) {
  const event = live.value;
  if (!event) return <Waiting />;
  const history = samples.value;
  const times = history.map((sample) => sample.time);
  return (
    <>
      <div class="title">
        <h1>Health</h1>
        <Facts event={event} overview={overview} />
      </div>
      <Tiles event={event} />
      <div class="charts">
        <TimeChart title="Requests per second" times={times} series={byClass(history)} stacked format={count} />
        <TimeChart title="Response time" times={times} series={durations(history)} format={inMs} />
      </div>
      <div class="panels">
        <Busiest routers={event.top} />
        <Codes codes={event.codes} total={event.total} />
      </div>
      <RecentErrors errors={errors.value} now={event.sample?.time ?? Date.now()} />
    </>
  );
}

function Facts({ event, overview }: { event: Live; overview: Overview | null }) {
  const now = event.sample?.time ?? Date.now();
  return (
    <p class="quiet">
      Replica <b>{event.hostname}</b>
      {overview && `, process ${overview.pid}`}, up{" "}
      <time title={`Since ${moment(now - event.uptime)}`}>{span(event.uptime)}</time>
    </p>
  );
}

function Tiles({ event }: { event: Live }) {
  const history = samples.value;
  const now = event.sample;
  const failing = now && now.requests > 0 ? (now.classes[5] ?? 0) / now.requests : 0;
  return (
    <dl class="tiles">
      <Tile name="Requests" value={`${count(now?.requests ?? 0)}/s`} history={history.map((one) => one.requests)} />
      <Tile
        name="Errors (5xx)"
        value={percent(failing)}
        tone={failing >= 0.05 ? "bad" : failing > 0 ? "warning" : "good"}
        history={history.map((one) => one.classes[5] ?? 0)}
      />
      <Tile name="Median" value={duration(now?.p50)} history={history.map((one) => one.p50)} />
      <Tile name="p95" value={duration(now?.p95)} history={history.map((one) => one.p95)} />
      <Tile name="p99" value={duration(now?.p99)} history={history.map((one) => one.p99)} />
      <Tile name="Sent" value={`${bytes(now?.bytes ?? 0)}/s`} history={history.map((one) => one.bytes)} />
      <Tile
        name="In flight"
        value={count(now?.inFlight ?? 0)}
        note={`${count(now?.open ?? 0)} connections`}
        history={history.map((one) => one.inFlight)}
      />
      <Tile
        name="Since start"
        value={count(event.total)}
        note={`${duration(event.average)} on average, ${span(event.average * event.total)} in all`}
      />
    </dl>
  );
}

function Busiest({ routers }: { routers: RouterTraffic[] }) {
  const most = Math.max(...routers.map((one) => one.requests), 1e-9);
  return (
    <section class="panel" aria-labelledby="busiest">
      <h2 id="busiest">Busiest routers</h2>
      {routers.length === 0 ? (
        <p class="empty">No requests in the last second.</p>
      ) : (
        <table>
          <thead>
            <tr>
              <th scope="col">Router</th>
              <th scope="col" class="number">
                Requests
              </th>
              <th scope="col" class="number">
                5xx
              </th>
              <th scope="col" class="number">
                p95
              </th>
            </tr>
          </thead>
          <tbody>
            {routers.map((one) => (
              <tr key={one.name}>
                <td>
                  <a class="name" href={to("routers", one.name)}>
                    {one.name}
                  </a>
                  <span class="meter" aria-hidden="true">
                    <span style={{ width: `${(one.requests / most) * 100}%` }} />
                  </span>
                </td>
                <td class="number">{count(one.requests)}/s</td>
                <td class={`number ${(one.classes[5] ?? 0) > 0 ? "text-bad" : ""}`}>{count(one.classes[5] ?? 0)}/s</td>
                <td class="number">{duration(one.p95)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function Codes({ codes, total }: { codes: Record<string, number>; total: number }) {
  const entries = Object.entries(codes).filter(([code]) => code !== "0");
  return (
    <section class="panel" aria-labelledby="codes">
      <h2 id="codes">Status codes since start</h2>
      {entries.length === 0 ? (
        <p class="empty">No request yet.</p>
      ) : (
        <ul class="codes">
          {entries.map(([code, number]) => (
            <li key={code}>
              <b class={`code code-${code.charAt(0)}`}>{code}</b>
              <span class="meter" aria-hidden="true">
                <span
                  class={`fill-${code.charAt(0)}`}
                  style={{ width: `${Math.max(0.5, (number / Math.max(1, total)) * 100)}%` }}
                />
              </span>
              <span class="number">{number.toLocaleString()}</span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
