// What a page shows while its document is on its way, or why there is none.
import type { ComponentChildren } from "preact";
import type { ApiError } from "../api/client";
import type { Resource } from "../api/resource";

export function Failed({ error }: { error: ApiError }) {
  return (
    <p class="notice notice-bad" role="alert">
      {error.message}
    </p>
  );
}

/** Appears only when it takes long: what flashes up disturbs more than what is not there yet. */
export function Waiting() {
  return (
    <div class="waiting" role="status">
      <span class="visually-hidden">Loading</span>
      <span class="bone" />
      <span class="bone" />
      <span class="bone" />
    </div>
  );
}

interface Properties<T> {
  of: Resource<T>;
  children: (data: T) => ComponentChildren;
}

/** The document, an older one beside the reason why there is no newer, or what stands for it. */
export function Loaded<T>({ of, children }: Properties<T>) {
  return (
    <>
      {of.error && <Failed error={of.error} />}
      {of.data ? children(of.data) : !of.error && <Waiting />}
    </>
  );
}
