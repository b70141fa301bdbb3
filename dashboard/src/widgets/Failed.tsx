// Why a page has nothing to show.
import type { ApiError } from "../api/client";

export function Failed({ error }: { error: ApiError }) {
  return (
    <p class="notice notice-bad" role="alert">
      {error.message}
    </p>
  );
}
