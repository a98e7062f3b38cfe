// How a key is drawn, as a row of the list and in parts.

import { DAY, now, relative, timeElement } from './clock.js';
import { button, el, row, sub, wideRow } from './dom.js';
import { known, t } from './i18n.js';
import { href } from './route.js';
import { may } from './session.js';

const COLUMNS = ['name', 'owner', 'role', 'status', 'createdAt', 'expiresAt', 'lastUsedAt'];

export function columnHeads() {
	return [...COLUMNS.map((name) => t(`field.${name}`)), null];
}

/** `actions` makes pairs of a label and what a click does. A key that cannot be drawn hides no other. */
export function keyRow(key, actions) {
	try {
		return wholeRow(key, actions());
	} catch {
		return wideRow(badge('bad', t('status.unreadable')), ' ', el('code', key?.id ?? '—'), ' ', t('keys.unreadable'));
	}
}

function wholeRow(key, actions) {
	const repair = isDamaged(key) && key.status === 'active' && may('REPAIR');
	return row(columnHeads(), [
		[el('a', { href: href('key', { id: key.id }), id: `key-${key.id}` }, el('b', key.name)), sub(idElement(key.id))],
		el('div', key.owner ?? '—'),
		[key.role ?? '—', permissionTags(key)],
		statusOf(key),
		[timeElement(key.createdAt), key.createdBy && sub(t('by', { name: shortId(key.createdBy) }))],
		timeElement(key.expiresAt, t('never')),
		[timeElement(key.lastUsedAt, t('unused')), key.usageCount > 0 && sub(t('uses', { count: key.usageCount }))],
		repair ? el('a.button.plain', { href: href('repair') }, t('nav.repair')) : actions.length > 0 && menu(key, actions),
	]);
}

function menu({ id, name }, actions) {
	const items = actions.map(([text, action]) => button(text, () => (list.hidePopover(), opener.focus(), action())));
	const list = el('div.menu', { popover: true, id: `menu-${id}` }, items);
	const attributes = { id: `actions-${id}`, 'aria-label': t('keys.actions', { name }), popovertarget: list.id };
	const opener = button('•••', null, attributes, 'button.plain');
	// The top layer knows no parent to be placed in.
	list.addEventListener('toggle', () => {
		const { top, bottom, right } = opener.getBoundingClientRect();
		const fits = bottom + list.offsetHeight < innerHeight;
		list.style.top = `${fits ? bottom : Math.max(0, top - list.offsetHeight)}px`;
		list.style.left = `${Math.max(0, right - list.offsetWidth)}px`;
	});
	list.addEventListener('focusout', ({ relatedTarget: to }) => to && to !== opener && !list.contains(to) && list.hidePopover());
	return [opener, list];
}

export function shortId(id) {
	return id.replace(/^(ak_.{8}).{9,}(.{4})$/, '$1…$2');
}

export function idElement(id) {
	return el('code', { title: id }, shortId(id));
}

export function isUsable(key) {
	return key?.status === 'active' || key?.status === 'disabled';
}

export function isDamaged(key) {
	return key.grade === 'quarantined' || !Array.isArray(key.permissions);
}

export function statusOf(key) {
	if (key.unreadable) {
		return badge('bad', t('status.unreadable'));
	}
	if (key.status !== 'active') {
		return badge('off', known(`status.${key.status}`, key.status));
	}
	if (isDamaged(key)) {
		return badge('bad', t('status.damaged'));
	}
	// It ends when it expires, or with the grace after a rotation.
	const [end] = [key.expiresAt, key.revokedAt].filter(Boolean).sort();
	return end && Date.parse(end) - now() < 7 * DAY
		? badge('warn', t('status.ends', { when: relative(end) }))
		: badge('ok', t('status.active'));
}

export function badge(kind, text) {
	return el(`span.badge.${kind}`, text);
}

export function permissionTags({ permissions, granted = permissions, grade }) {
	if (isDamaged({ permissions, grade })) {
		return sub(t('permissions.damaged'));
	}
	return el('div', permissions.map((name) => el(granted.includes(name) ? 'span.tag' : 's.tag', name)));
}
