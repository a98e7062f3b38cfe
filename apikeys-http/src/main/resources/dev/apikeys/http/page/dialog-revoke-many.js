// Revokes all keys that match the filters: counts first, and again if others changed.

import { call, failureOf } from './api.js';
import { Dialog } from './dialog.js';
import { el } from './dom.js';
import { form, tick } from './form.js';
import { t } from './i18n.js';
import { reasonField } from './key-actions.js';
import { say } from './notices.js';
import { refusedWithin } from './session.js';

const COUNTABLE = 10_000;

/** `words` says what `query` is. Returns `{}` if keys were revoked. */
export function revokeMany(query, words) {
	const dialog = new Dialog(t('bulk.open'), { role: 'alertdialog' });
	const reason = reasonField();
	const admins = tick(t('bulk.admins'));
	let expected;
	let revoked = 0;

	async function submit(button) {
		while (reason.required()) {
			const body = { query, reason: reason.value, expected, includeAdmins: admins.box.checked };
			const { left, skipped, ...step } = await call('POST', 'api-keys/revoke', { body }).catch(counted);
			if (step.count !== undefined) {
				offer(step, button);
				return;
			}
			dialog.result = {};
			revoked += step.revoked;
			// What is skipped matches at the next step too.
			expected = left + skipped;
			say(t('bulk.done', { count: revoked, skipped }));
			if (left === 0 || step.revoked === 0) {
				dialog.close();
				return;
			}
		}
	}

	function offer({ count, kept }, button) {
		const countable = count > kept && count < COUNTABLE;
		expected = countable ? count : undefined;
		button.textContent = countable ? t('bulk.submit', { count: count - kept }) : t('bulk.count');
		if (countable) {
			say(t('bulk.found', { count, kept }));
		} else {
			dialog.alert(t(count < COUNTABLE ? 'bulk.none' : 'bulk.tooMany'));
		}
	}

	const list = el('ul', words.map((word) => el('li', word)));
	const content = [el('p', t('bulk.about')), list, el('p', t('bulk.kept')), el('p', refusedWithin()), reason.element, admins.element];
	const options = { fields: [reason], content, submit: t('bulk.count'), danger: true };
	const element = form(dialog, options, submit);
	// The number holds for one choice alone.
	admins.box.onchange = () => {
		expected = undefined;
		element.querySelector('[type=submit]').textContent = t('bulk.count');
	};
	return dialog.show(element, reason.control);
}

/** A request without the right number changes nothing and is answered with it. */
function counted(error) {
	const { code, current } = failureOf(error);
	if (code !== 'EXPECTED') {
		throw error;
	}
	return { count: 0, kept: 0, ...current };
}
