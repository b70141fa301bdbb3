// The last answers that went wrong, and why.
import type { RecentError } from "../api/documents";
import { ago, duration, moment, time } from "../format";
import { to } from "../location";

const REASONS: Record<string, string> = {
  no_route: "no router matches",
  refused: "the router's access rule is broken",
  no_endpoint: "no server to choose",
  connect_failed: "no server could be reached",
  timeout: "the server took too long",
  bad_upstream: "the server failed",
  client_gone: "the client left",
};

/** `now`: by the same clock as the errors'. */
export function RecentErrors({ errors, now }: { errors: RecentError[]; now: number }) {
  return (
    <section class="panel" aria-labelledby="errors">
      <h2 id="errors">Recent errors</h2>
      {errors.length === 0 ? (
        <p class="empty">None. Answers of 400 and above would be listed here.</p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls sideways, also by keyboard.
        <div class="table-box" tabIndex={0} role="region" aria-labelledby="errors">
          <table>
            <thead>
              <tr>
                <th scope="col">Time</th>
                <th scope="col">Status</th>
                <th scope="col">Request</th>
                <th scope="col">Frontend</th>
                <th scope="col">Why</th>
                <th scope="col" class="number">
                  Took
                </th>
              </tr>
            </thead>
            <tbody>
              {errors.map((error) => (
                <tr key={`${error.time}${error.path}${error.duration}`}>
                  <td class="quiet nowrap">
                    <time title={moment(error.time)}>
                      {time(error.time)} <small>{ago(error.time, now)}</small>
                    </time>
                  </td>
                  <td>
                    <b class={`code code-${String(error.status).charAt(0)}`}>{error.status}</b>
                  </td>
                  <td class="wide">
                    <code>
                      {error.method} {error.host}
                      {error.path}
                    </code>
                  </td>
                  <td class="name">{error.router ? <a href={to("routers", error.router)}>{error.router}</a> : "–"}</td>
                  <td class="quiet">
                    {error.reason
                      ? (REASONS[error.reason] ?? error.reason.replaceAll("_", " "))
                      : `answered by ${error.server}`}
                  </td>
                  <td class="number">{duration(error.duration)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
