// Takes the ticket out of the address before anything is drawn: no screenshot shows it, no way back leads to it.
// The browser's own lists may keep the link; a page cannot change those.

const takeTicket = () => {
	const [found] = /^ho_\w{1,64}$/.exec(location.hash.slice(1)) ?? [];
	history.replaceState(null, '', location.pathname + location.search);
	return found;
};
let ticket = takeTicket();
