// Everything that is wrong, errors first.
import { address } from "../api/client";
import type { Problem } from "../api/documents";
import { revision } from "../api/live";
import { useResource } from "../api/resource";
import { Failed } from "../widgets/Failed";
import { ProblemList } from "../widgets/ProblemList";

const SHOWN = 200;

export function Problems() {
  const { data, error } = useResource<Problem[]>(address("problems"), revision.value);
  if (error) return <Failed error={error} />;
  if (!data) return <p class="empty">Loading.</p>;
  const sorted = [...data].sort((a, b) => a.severity.localeCompare(b.severity));
  return (
    <>
      <div class="title">
        <h1>Problems</h1>
        <p class="quiet">The same words as in the log and in “pointsman check”.</p>
      </div>
      {sorted.length === 0 ? (
        <p class="panel empty">Nothing is wrong.</p>
      ) : (
        <ProblemList problems={sorted.slice(0, SHOWN)} withObject />
      )}
      {sorted.length > SHOWN && <p class="empty">{sorted.length - SHOWN} more: see /api/v2/problems.</p>}
    </>
  );
}
