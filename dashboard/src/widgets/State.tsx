// What became of a router or backend, in a word and a colour.
import type { Router } from "../api/documents";

const WORDS: Record<Router["state"], [string, string]> = {
  active: ["Active", "In force"],
  refusing: ["Refusing", "Its access rule is broken: it answers 404"],
  empty: ["No servers", "It answers 503"],
  absent: ["Not in force", "Requests do not see it"],
};

export function State({ state, problems = 0 }: { state: Router["state"]; problems?: number }) {
  const [word, title] = WORDS[state];
  const tone = state === "active" ? (problems > 0 ? "warning" : "good") : state === "empty" ? "warning" : "bad";
  return (
    <span class={`state state-${tone}`} title={title}>
      {word}
    </span>
  );
}
