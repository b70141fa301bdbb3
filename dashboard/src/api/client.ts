// Requests to the API. It lies beside the dashboard, below whatever prefix both are served.
import type { Failure } from "./documents";

const ROOT = "../api/v2/";

/** An answer that is no document. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** The address of a path below /api/v2, with those parameters that say something. */
export function address(path: string, parameters: Record<string, string | number | boolean> = {}): string {
  const given = Object.entries(parameters).filter(([, value]) => value !== "" && value !== false);
  const query = new URLSearchParams(given.map(([key, value]) => [key, String(value)])).toString();
  return `${ROOT}${path}${query && `?${query}`}`;
}

/** A document. Throws ApiError, or a DOMException when `signal` ends it. */
export async function load<T>(url: string, signal?: AbortSignal): Promise<T> {
  let answer: Response;
  try {
    answer = await fetch(url, { headers: { Accept: "application/json" }, ...(signal ? { signal } : {}) });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError(0, "Pointsman does not answer. Is it running?");
  }
  if (answer.ok) return (await answer.json()) as T;
  const text = await answer.text();
  throw new ApiError(answer.status, reason(text) || `The API answered ${answer.status}.`);
}

function reason(text: string): string {
  try {
    return (JSON.parse(text) as Failure).message;
  } catch {
    return text.trim().slice(0, 300);
  }
}
