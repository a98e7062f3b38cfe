// Takes the ticket out of the address before anything is drawn: no screenshot and no entry of this tab keeps it. The browser's
// own list of visited pages may still hold the link as it was opened; a page cannot change that.

const takeTicket = () => {
	const [found] = /^ho_\w{1,64}$/.exec(location.hash.slice(1)) ?? [];
	history.replaceState(null, '', location.pathname + location.search);
	return found;
};
let ticket = takeTicket();
