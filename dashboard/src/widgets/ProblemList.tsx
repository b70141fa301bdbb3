// Problems, told as the log and the command line tell them: what, where, remedy.
import type { Problem } from "../api/documents";
import { Icon } from "./Icon";

export function ProblemList({ problems, withObject = false }: { problems: Problem[]; withObject?: boolean }) {
  if (problems.length === 0) return null;
  return (
    <ul class="problems">
      {problems.map((problem) => (
        <li key={`${problem.object}${problem.key}${problem.message}`} class={`problem problem-${problem.severity}`}>
          <span class="problem-kind">
            <Icon name={problem.severity === "error" ? "down" : "warning"} />
            {problem.severity}
          </span>
          <div>
            {withObject && <strong class="problem-object">{problem.object}</strong>}
            {problem.key && <code>{problem.key}</code>}
            {problem.value && <code class="problem-value">{problem.value}</code>}
            <p>{capital(problem.message)}.</p>
            {problem.remedy && <p class="remedy">{capital(problem.remedy)}.</p>}
            {problem.origin && <p class="origin">{problem.origin}</p>}
          </div>
        </li>
      ))}
    </ul>
  );
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
