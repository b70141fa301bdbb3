// What the lists are filtered by, as the address notes it.
import { place } from "../../location";

const NAMES = ["q", "host", "path", "provider", "problems"] as const;
export type Filter = Record<(typeof NAMES)[number], string>;

export function fromAddress(): Filter {
  const { parameters } = place.value;
  return Object.fromEntries(NAMES.map((name) => [name, parameters.get(name) ?? ""])) as Filter;
}

export function isFiltering(filter: Filter): boolean {
  return NAMES.some((name) => filter[name] !== "");
}
