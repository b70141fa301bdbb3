// Dark or light: the system's choice unless one is made here.
import { effect, signal } from "@preact/signals";

export type Theme = "dark" | "light";
const KEY = "pointsman-theme";

function stored(): Theme | null {
  try {
    const theme = localStorage.getItem(KEY);
    return theme === "dark" || theme === "light" ? theme : null;
  } catch {
    return null;
  }
}

const system = matchMedia("(prefers-color-scheme: light)");
const chosen = stored();
export const theme = signal<Theme>(chosen ?? (system.matches ? "light" : "dark"));
if (!chosen)
  system.addEventListener("change", () => {
    theme.value = system.matches ? "light" : "dark";
  });
effect(() => {
  document.documentElement.dataset.theme = theme.value;
});

/** The other one, from now on. */
export function toggle(): void {
  theme.value = theme.value === "dark" ? "light" : "dark";
  try {
    localStorage.setItem(KEY, theme.value);
  } catch {
    // A browser that keeps nothing shows it for this visit.
  }
}
