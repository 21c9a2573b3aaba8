/* Light or dark: as the system says until somebody chooses; for pages of staff, who also work at night. */
import { useEffect, useState } from "preact/hooks";

export type Theme = "light" | "dark";

const system = window.matchMedia("(prefers-color-scheme: dark)");

function saved(): Theme | null {
	const theme = localStorage.getItem("theme");
	return theme === "light" || theme === "dark" ? theme : null;
}

/* Sets the theme of the page while the caller is shown; returns it, and what changes it. */
export function useTheme(): [Theme, (to: Theme) => void] {
	const [chosen, setChosen] = useState(saved);
	const [dark, setDark] = useState(system.matches);
	const theme = chosen ?? (dark ? "dark" : "light");
	useEffect(() => {
		const listener = () => setDark(system.matches);
		system.addEventListener("change", listener);
		return () => system.removeEventListener("change", listener);
	}, []);
	useEffect(() => {
		document.documentElement.dataset["theme"] = theme;
		return () => { delete document.documentElement.dataset["theme"]; };
	}, [theme]);
	return [theme, (to) => {
		localStorage.setItem("theme", to);
		setChosen(to);
	}];
}
