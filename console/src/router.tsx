/* Paths in the address bar, without a reload. */
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

export interface Place { path: string; query: URLSearchParams }

const here = (): Place => ({ path: location.pathname, query: new URLSearchParams(location.search) });
const listeners = new Set<() => void>();

export function go(to: string, replace = false): void {
	if (replace) history.replaceState(null, "", to);
	else history.pushState(null, "", to);
	for (const listener of listeners) listener();
	if (!replace) window.scrollTo(0, 0);
}

export function usePlace(): Place {
	const [place, setPlace] = useState(here);
	useEffect(() => {
		const changed = () => setPlace(here());
		listeners.add(changed);
		window.addEventListener("popstate", changed);
		return () => {
			listeners.delete(changed);
			window.removeEventListener("popstate", changed);
		};
	}, []);
	return place;
}

interface LinkProps extends Omit<JSX.HTMLAttributes<HTMLAnchorElement>, "href"> {
	to: string;
	class?: string;
	current?: boolean;
	children: ComponentChildren;
}

export function Link({ to, current, children, ...rest }: LinkProps) {
	return (
		<a href={to} {...(current ? { "aria-current": "page" as const } : {})} {...rest}
			onClick={(event) => {
				if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
				event.preventDefault();
				go(to);
			}}>{children}</a>
	);
}
