// What can be done to a key, by its state and the administrator's rights, and to many at once.

import { call, failureOf } from './api.js';
import { DAY, now, relative } from './clock.js';
import { editKey, rotateKey } from './dialog-key.js';
import { el } from './dom.js';
import { Dialog, form, textField, tick } from './form.js';
import { t } from './i18n.js';
import { isDamaged, isUsable } from './key-row.js';
import { say } from './notices.js';
import { keyPath } from './route.js';
import { may, ownWarning, refusedBy, refusedWithin } from './session.js';

const COUNTABLE = 10_000;

export function actionsFor(key) {
	const active = key.status === 'active';
	const usable = isUsable(key);
	const fitting = {
		edit: may('CHANGE') && usable,
		rotate: may('CHANGE') && active && !key.rotatedTo && !isDamaged(key),
		disable: may('CHANGE') && active,
		enable: may('CHANGE') && usable && !active,
		revoke: may('REVOKE') && usable,
		delete: may('CHANGE'),
	};
	return Object.keys(fitting).filter((name) => fitting[name]);
}

/** Returns the key as it is then, `{gone: true}`, `{several: true}` if other keys changed too, or undefined. */
export async function act(name, key) {
	if (name === 'edit') {
		return editKey(key);
	}
	if (name !== 'rotate') {
		return confirm(name, key);
	}
	return (await rotateKey(key)) && { several: true };
}

/** Asks before a change. Each can be repeated after a lost answer. */
function confirm(action, key) {
	const { id, name, version, lastUsedAt } = key;
	const danger = action !== 'enable';
	const used = danger && lastUsedAt && now() - Date.parse(lastUsedAt) < 7 * DAY;
	const fields = action === 'revoke' ? [reasonField()] : [];
	const dialog = new Dialog(t(`${action}.title`, { name }), { role: danger ? 'alertdialog' : null });

	async function take() {
		if (!fields.every((field) => field.required())) {
			return;
		}
		if (action === 'delete') {
			await call('DELETE', `${keyPath(id)}?version=${version}`);
			dialog.close({ gone: true });
		} else {
			const body = Object.fromEntries(fields.map((field) => [field.name, field.value]));
			dialog.close((await call('POST', `${keyPath(id)}/${action}`, body)).api_key);
		}
		say(t(`${action}.done`, { name, time: refusedBy() }));
	}

	const content = [
		danger && ownWarning(key),
		used && el('p.notice.warn', t('revoke.used', { when: relative(lastUsedAt) })),
		el('p', t(`${action}.about`), ' ', danger && refusedWithin()),
		fields.map((field) => field.element),
	];
	const element = form(dialog, { fields, content, submit: t(`do.${action}`), danger }, take);
	// The first thing that has the focus destroys nothing.
	return dialog.show(element, element.querySelector('input, button'));
}

function reasonField() {
	return textField('reason', { maxlength: 500, hint: t('revoke.hint') });
}

/** Counts what matches `query`, which `words` say, and revokes it. Returns `{}` if keys were revoked. */
export function revokeMany(query, words) {
	const dialog = new Dialog(t('bulk.open'), { role: 'alertdialog' });
	const reason = reasonField();
	const admins = tick(t('bulk.admins'));
	let expected;
	let revoked = 0;

	async function submit(button) {
		while (reason.required()) {
			const body = { query, reason: reason.value, expected, includeAdmins: admins.box.checked };
			const { left, skipped, ...step } = await call('POST', 'api-keys/revoke', body).catch(counted);
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
