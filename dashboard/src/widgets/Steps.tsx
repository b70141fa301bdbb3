// Matchers, middlewares or options, each with what it is set to.
import type { Step } from "../api/documents";

export function Steps({ steps }: { steps: Step[] }) {
  return (
    <ul class="steps">
      {steps.map((step, index) => (
        <li key={`${step.name}${index}`}>
          <b>{step.name}</b>
          <dl>
            {Object.entries(step.settings).map(([key, value]) => (
              <div key={key}>
                {key !== "is" && <dt>{key}</dt>}
                <dd>
                  <code>{value}</code>
                </dd>
              </div>
            ))}
          </dl>
        </li>
      ))}
    </ul>
  );
}
