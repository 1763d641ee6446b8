/** Light or dark: what the person chose, else what the system prefers. */

import { Mode, applyMode } from "@cloudscape-design/global-styles";
import { useState } from "react";

export type Theme = "light" | "dark" | "system";

/** What was chosen earlier in this browser. */
function chosenTheme(): Theme {
  const kept = localStorage.getItem(KEY);
  return kept === "light" || kept === "dark" ? kept : "system";
}

/** Shows all pages in what was chosen, and follows the system where nothing was. */
export function followTheme() {
  const follow = () => showTheme(chosenTheme());
  PREFERS_DARK.addEventListener("change", follow);
  follow();
}

function showTheme(theme: Theme) {
  const isDark = theme === "dark" || (theme === "system" && PREFERS_DARK.matches);
  applyMode(isDark ? Mode.Dark : Mode.Light);
  document.documentElement.dataset["theme"] = isDark ? "dark" : "light";
}

/** The theme and how to choose another, which is kept in this browser. */
export function useTheme(): [Theme, (theme: Theme) => void] {
  const [theme, setTheme] = useState(chosenTheme);
  return [
    theme,
    (chosen) => {
      localStorage.setItem(KEY, chosen);
      setTheme(chosen);
      showTheme(chosen);
    },
  ];
}

const KEY = "kinora-theme";
const PREFERS_DARK = window.matchMedia("(prefers-color-scheme: dark)");
