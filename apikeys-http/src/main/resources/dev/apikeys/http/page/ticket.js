// Takes the ticket out of the address before anything is drawn, so that no screenshot shows it and no way back leads to it.
// The browser may still keep the link as it was typed or first visited, in its own lists; a page cannot change those.

const takeTicket = () => {
	const [found] = /^ho_\w{1,64}$/.exec(location.hash.slice(1)) ?? [];
	history.replaceState(null, '', location.pathname + location.search);
	return found;
};
let ticket = takeTicket();
