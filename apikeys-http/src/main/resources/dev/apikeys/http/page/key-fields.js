// What a key may do, when it ends, how its secret reaches its holder.

import { session } from './api.js';
import { DAY, durations, fromNow, millis, shown } from './clock.js';
import { el, fill } from './dom.js';
import { choices, chosenOf, Field, select, tick } from './form.js';
import { t } from './i18n.js';
import { permissionsToGive, rolesToGive } from './session.js';

/** Role first, then what of it: only what this administrator can give. `key` is undefined for a new one. */
export function grantFields(key) {
	const before = key && { role: key.role ?? '', permissions: key.permissions };
	const names = [...new Set([...rolesToGive(), before?.role].filter(Boolean))];
	// Least first: leaving the choice alone must not give more.
	const [least] = names.toSorted((a, b) => permissionsToGive(a).length - permissionsToGive(b).length);
	const options = [['', t('noRole')], ...names.map((name) => [name])];
	const role = new Field('role', select(options, before?.role ?? least ?? ''));
	const element = el('div.wide');

	function draw() {
		const same = before?.role === role.value;
		const all = new Set([...permissionsToGive(role.value), ...(same ? before.permissions : [])]);
		const on = (name) => (same ? before.permissions.includes(name) : role.value !== '');
		fill(element, choices('checkbox', 'permissions', [...all].sort().map((name) => [name]), on));
	}

	role.control.addEventListener('change', draw);
	draw();
	return {
		role,
		element,
		body() {
			const permissions = chosenOf(element);
			return {
				...(role.value !== before?.role && { role: role.value || null }),
				...(!(before && sameNames(permissions, before.permissions)) && { permissions }),
			};
		},
	};
}

export function sameNames(some, others = []) {
	return some.length === others.length && some.every((name) => others.includes(name));
}

/** `current` is the end of an existing key, null if it has none, undefined for a new key. */
export function expiryField(current) {
	const isNew = current === undefined;
	const keep = ['keep', t('expiry.keep', { time: shown(current, t('never')) })];
	const fixed = [['P365D', t('year')], ['date', t('expiry.onDate')], ['never', t('never')]];
	const options = [...(isNew ? [] : [keep]), ...durations('P7D', 'P30D', 'P90D'), ...fixed];
	const field = new Field('expiresAt', select(options, isNew ? 'P90D' : 'keep'));
	const date = el('input', { type: 'date', 'aria-label': t('expiry.date'), min: fromNow(DAY).slice(0, 10) });
	const never = tick(t('expiry.neverTick'));
	field.control.after(date, never.element);

	function draw() {
		date.hidden = field.value !== 'date';
		never.element.hidden = field.value !== 'never';
	}

	field.control.addEventListener('change', draw);
	draw();
	field.check = () => {
		const missing = (field.value === 'date' && !date.value) || (field.value === 'never' && !never.box.checked);
		return !missing || field.fail(t(`expiry.${field.value}Missing`));
	};
	field.body = () => {
		switch (field.value) {
			case 'keep':
				return {};
			case 'never':
				return { expiresAt: null };
			case 'date':
				return { expiresAt: new Date(`${date.value}T23:59:59.999`).toISOString() };
			default:
				return isNew ? { expiresIn: field.value } : { expiresAt: fromNow(millis(field.value)) };
		}
	};
	return field;
}

export function deliveryField() {
	const links = durations('PT1H', 'PT24H', 'P7D').map(([value, time]) => [value, t('delivery.link', { time })]);
	const { handOff } = session.features;
	const options = [['show', t('delivery.show')], ...(handOff ? links : [])];
	const field = new Field('delivery', select(options, 'show'), { hint: !handOff && t('delivery.none') });
	field.body = () => (field.value === 'show' ? {} : { delivery: 'link', linkExpiresIn: field.value });
	return field;
}
