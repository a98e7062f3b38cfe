// Starts the page: who is there, which view is asked for, what to do when the session ends.

import { call, Failure, failureOf, session, useSession } from './api.js';
import { button, el, fill, focusOn } from './dom.js';
import { dialogOpen } from './form.js';
import { languageButton, loadLanguage, switchLanguage, t } from './i18n.js';
import { badge } from './key-row.js';
import { dropNotice, dropNotices, failureContent, notice, say } from './notices.js';
import { watchHealth } from './reading.js';
import { currentRoute, href } from './route.js';
import { may } from './session.js';
import { journalView } from './view-journal.js';
import { keyView } from './view-key.js';
import { keysView } from './view-keys.js';
import { loginView } from './view-login.js';
import { repairView } from './view-repair.js';

const VIEWS = { keys: keysView, key: keyView, journal: journalView, repair: repairView };

const main = document.querySelector('main');

let shown;
let watching;

function showView() {
	const { view, query } = currentRoute();
	const name = Object.hasOwn(VIEWS, view) ? view : 'keys';
	if (shown?.name === name) {
		shown.follow(query);
		return;
	}
	leaveView();
	dropNotice('read');
	const leaving = new AbortController();
	shown = { name, leaving, follow: VIEWS[name](main, query, leaving.signal) };
	drawHeader();
}

function leaveView() {
	shown?.leaving.abort();
	shown = null;
}

function drawHeader() {
	const current = shown?.name === 'key' ? 'keys' : shown?.name;
	const names = session ? ['keys', 'journal', may('REPAIR') && 'repair'].filter(Boolean) : [];
	const link = (name) => el('a', { href: href(name), 'aria-current': name === current && 'page' }, t(`nav.${name}`));
	fill(document.querySelector('nav'), names.map(link));
	document.title = current ? `${t(`nav.${current}`)} · ${t('title')}` : t('title');

	const readOnly = session && !['CREATE', 'CHANGE', 'REVOKE', 'REPAIR'].some(may);
	fill(
		document.getElementById('account'),
		session && el('span.who', session.actor, ' ', readOnly && badge('off', t('readOnly'))),
		languageButton(changeLanguage),
		session?.login === 'key' && button(t('logOut'), leave, { id: 'log-out' }),
	);
}

async function changeLanguage() {
	await switchLanguage();
	await (session ? enter() : start());
	document.getElementById('language').focus();
}

function enter() {
	dropNotices();
	leaveView();
	watching?.abort();
	watching = new AbortController();
	showView();
	watchHealth(watching.signal);
}

function showLogin(failure) {
	watching?.abort();
	leaveView();
	useSession(null);
	dropNotices();
	drawHeader();
	loginView(main, failure, () => {
		enter();
		focusOn(main.querySelector('h2'));
	});
}

async function leave() {
	try {
		await call('DELETE', 'session');
		showLogin(new Failure('session', { login: 'key' }));
		say(t('logOut.done'));
	} catch (error) {
		notice('logOut', 'bad', failureContent(failureOf(error), leave));
	}
}

async function start() {
	drawHeader();
	try {
		useSession(await call('GET', 'session'));
		enter();
	} catch (error) {
		const failure = failureOf(error);
		if (failure.kind === 'session') {
			showLogin(failure);
		} else {
			fill(main);
			const { keyId } = failure;
			const content = failureContent(failure, start, keyId ? t('forbidden', failure) : undefined);
			notice('start', 'bad', content, keyId && button(t('logOut'), leave, { id: 'log-out' }));
		}
	}
}

window.addEventListener('hashchange', () => {
	const before = shown;
	session && showView();
	shown !== before && focusOn(main.querySelector('h2'));
});
window.addEventListener('session-ended', ({ detail }) => {
	// A dialog holds what was typed, and says itself that the session has ended.
	if (!session || dialogOpen()) {
		return;
	}
	if (detail.replaced) {
		location.reload();
	} else {
		showLogin(detail);
		notice('session', 'warn', el('p', t('session.over')));
	}
});
await loadLanguage();
await start();
