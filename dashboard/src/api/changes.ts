// When documents have to be asked for again: the configuration became another, or news may have been missed.
import { signal } from "@preact/signals";

/** Rises when what is shown may have changed. */
export const changes = signal(0);
let known: number | null = null;
let isTold = false;

/** The stream says which revision is in force. */
export function inForce(revision: number): void {
  const isNew = known !== null && known !== revision;
  known = revision;
  isTold = true;
  if (isNew) changes.value += 1;
}

/** A document says of which revision it was made: before the stream speaks, the oldest one counts. */
export function madeOf(document: unknown): void {
  const revision = (document as { revision?: unknown }).revision;
  if (!isTold && typeof revision === "number") known = Math.min(known ?? revision, revision);
}

/** Nobody knows what happened meanwhile. */
export function missed(): void {
  changes.value += 1;
}
