// Where the page is: the fragment, such as `#/keys?status=revoked` or `#/key?id=ak_…`.

export function currentRoute() {
	const [view, query] = location.hash.replace(/^#\/?/, '').split('?');
	return { view, query: new URLSearchParams(query) };
}

export function href(view, query) {
	return `#/${view}${queryText(query)}`;
}

export function queryText(query = {}) {
	const given = new URLSearchParams(Object.entries(query).filter(([, value]) => value));
	return given.size > 0 ? `?${given}` : '';
}

export function go(address) {
	location.hash = address;
}

/** Changes the address without a step in the history: for what is typed letter by letter. */
export function replaceRoute(address) {
	history.replaceState(null, '', address);
	window.dispatchEvent(new HashChangeEvent('hashchange'));
}

export function keyPath(id) {
	return `api-keys/${encodeURIComponent(id)}`;
}
