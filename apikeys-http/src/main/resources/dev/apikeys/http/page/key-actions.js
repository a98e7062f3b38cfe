// What can be done to a key, by its state and the administrator's rights.

import { call } from './api.js';
import { DAY, now, relative } from './clock.js';
import { editKey, rotateKey } from './dialog-key.js';
import { Dialog } from './dialog.js';
import { el } from './dom.js';
import { form, textField } from './form.js';
import { t } from './i18n.js';
import { isDamaged, isUsable } from './key-row.js';
import { say } from './notices.js';
import { keyPath } from './route.js';
import { showMade } from './secret.js';
import { may, ownWarning, refusedBy, refusedWithin } from './session.js';

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
	const made = await rotateKey(key);
	if (made?.api_key) {
		await showMade(made);
	}
	return made && { several: true };
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
			dialog.close((await call('POST', `${keyPath(id)}/${action}`, { body })).api_key);
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

export function reasonField() {
	return textField('reason', { maxlength: 500, hint: t('revoke.hint') });
}
