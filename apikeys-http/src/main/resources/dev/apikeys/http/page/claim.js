// Opens a key behind a link. Nothing is opened before the button, so a link preview spends nothing.
// `ticket` and `takeTicket` are those of ticket.js.

import { call, failureOf } from './api.js';
import { timeElement } from './clock.js';
import { box, el, fill } from './dom.js';
import { form } from './form.js';
import { languageButton, loadLanguage, switchLanguage, t } from './i18n.js';
import { dropNotices, formOnPage, notice } from './notices.js';
import { dropSecret, holdsSecret, secretView } from './secret.js';

const main = document.querySelector('main');

let mayBeOpened;
let waiting;
let said;

async function claim() {
	try {
		showKey(await call('POST', './', { ticket }));
	} catch (error) {
		const { status, at, outcomeUnknown } = failureOf(error);
		if (![404, 409, 410].includes(status)) {
			mayBeOpened ||= outcomeUnknown;
			throw error;
		}
		// The answer to the first attempt made here may be what got lost.
		next(status === 409 && mayBeOpened ? 'claim.lost' : `claim.${status}`, at);
	}
}

function showKey({ key, keyId }) {
	ticket = null;
	let done = 'claim.gone';
	const view = secretView(key, {
		label: t('apiKey'),
		fileName: `${keyId}.txt`,
		stored: t('stored'),
		close: () => {
			done = waiting ? null : 'claim.done';
			dropSecret();
		},
		dropped: () => next(done),
	});
	box(main, t('claim.yours'), el('p', t('once')), view.content);
	view.copyIt.focus();
}

/** Says what became of a link, and offers the one that waits. */
function next(text, at) {
	said = () => text && [el('p', t(text)), at && el('p.sub', timeElement(at))];
	ticket = waiting;
	waiting = mayBeOpened = null;
	draw();
}

function draw() {
	document.title = t('claim.title');
	fill(document.getElementById('account'), languageButton(changeLanguage));
	dropNotices();
	if (ticket) {
		const unknown = t('claim.mayBeOpened');
		const options = { content: el('p', t('claim.about')), submit: t('claim.open'), unknown };
		box(main, t('claim.waits'), form(formOnPage, options, claim));
		formOnPage.alert(mayBeOpened ? el('p', unknown) : said());
	} else {
		box(main, t('claim.title'), said());
	}
}

function isOccupied() {
	return formOnPage.busy || holdsSecret();
}

async function changeLanguage() {
	if (!isOccupied()) {
		await switchLanguage();
		isOccupied() || draw();
	}
}

/** A link waits for the end of the one before. */
function follow(found) {
	if (!isOccupied()) {
		waiting = found;
		next(found ? null : 'claim.noTicket');
	} else if (found) {
		waiting = found;
		notice('waiting', 'warn', el('p', t('claim.another')));
	}
}

// Another link pasted into this tab changes the fragment alone.
window.addEventListener('hashchange', () => follow(takeTicket()));
await loadLanguage();
follow(ticket);
