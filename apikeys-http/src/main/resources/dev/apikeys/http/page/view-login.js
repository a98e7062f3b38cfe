// Logs in: with an API key, or where the host does it.

import { call, failureOf, useSession } from './api.js';
import { box, el } from './dom.js';
import { Field, form } from './form.js';
import { t } from './i18n.js';
import { formOnPage } from './notices.js';

export function loginView(main, failure, entered) {
	if (failure.login !== 'key') {
		box(main, t('login.host.title'), el('p', t('login.host')), el('a.button.primary', { href: './' }, t('login.do')));
	} else if (isSecureContext) {
		askForKey(main, entered);
	} else {
		refusePlainHttp(main);
	}
}

function askForKey(main, entered) {
	const input = el('input.mono', { type: 'password', autocomplete: 'off', maxlength: 256 });
	const key = new Field('key', input, { label: t('apiKey'), hint: t('login.hint') });

	async function submit() {
		if (!key.required()) {
			return;
		}
		const { value } = key;
		input.value = '';
		try {
			useSession(await call('POST', 'session', { key: value }));
			entered();
		} catch (error) {
			const { code, kind, permission } = failureOf(error);
			if (code === 'INSECURE_ORIGIN') {
				refusePlainHttp(main);
			} else if (kind === 'session') {
				key.fail(t('login.refused'));
			} else if (permission) {
				key.fail(t('login.forbidden', { permission }));
			} else {
				throw error;
			}
		}
	}

	const options = { fields: [key], content: key.element, submit: t('login.do'), unknown: t('failure.unreachable') };
	box(main, t('login.do'), form(formOnPage, options, submit));
	input.focus();
	// Browsers may keep a page that is left, with what was typed.
	window.addEventListener('pagehide', () => (input.value = ''));
}

function refusePlainHttp(main) {
	box(main, t('login.http.title'), el('p', t('login.http')), el('p', t('login.http.hint')));
}
