// Opens a key behind a link. Nothing is opened before the button, so a link preview spends nothing.
// `ticket` and `takeTicket` are those of ticket.js.

import { call, failureOf } from './api.js';
import { timeElement } from './clock.js';
import { box, el, fill } from './dom.js';
import { form } from './form.js';
import { languageButton, loadLanguage, switchLanguage, t } from './i18n.js';
import { formOnPage } from './notices.js';
import { dropSecret, holdsSecret, secretView } from './secret.js';

const main = document.querySelector('main');

let mayBeOpened = false;

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
		const text = status === 409 && mayBeOpened ? 'claim.lost' : `claim.${status}`;
		end(el('p', t(text)), at && el('p.sub', timeElement(at)));
	}
}

function showKey({ key, keyId }) {
	ticket = null;
	let stored = false;
	const view = secretView(key, {
		label: t('apiKey'),
		fileName: `${keyId}.txt`,
		stored: t('stored'),
		close: () => {
			stored = true;
			dropSecret();
		},
		dropped: () => end(el('p', t(stored ? 'claim.done' : 'claim.gone'))),
	});
	box(main, t('claim.yours'), el('p', t('once')), view.content);
	view.copyIt.focus();
}

function end(...content) {
	ticket = null;
	box(main, t('claim.title'), content);
}

function start() {
	document.title = t('claim.title');
	fill(document.getElementById('account'), languageButton(changeLanguage));
	if (ticket) {
		const options = { content: el('p', t('claim.about')), submit: t('claim.open'), unknown: t('claim.mayBeOpened') };
		box(main, t('claim.waits'), form(formOnPage, options, claim));
	} else {
		end(el('p', t('claim.noTicket')));
	}
}

async function changeLanguage() {
	if (!holdsSecret()) {
		await switchLanguage();
		start();
	}
}

// Another link pasted into this tab changes the fragment alone.
window.addEventListener('hashchange', () => {
	dropSecret();
	ticket = takeTicket();
	mayBeOpened = false;
	start();
});
await loadLanguage();
start();
