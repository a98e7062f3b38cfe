// Who uses the page and what they may do. The server enforces it.

import { call, useCsrf } from './api.js';
import { lasting, millis, now, timeOfDay } from './clock.js';
import { el } from './dom.js';
import { t } from './i18n.js';

/** The server's answer; null if nobody is logged in. */
export let session = null;

export async function loadSession() {
	adopt(await call('GET', 'session'));
}

export async function logIn(key) {
	adopt(await call('POST', 'session', { key }));
}

export async function logOut() {
	await call('DELETE', 'session');
}

export function forgetSession() {
	session = null;
}

function adopt(data) {
	session = { rights: [], canGive: [], roles: {}, features: {}, ...data };
	useCsrf(data.csrf);
}

export function may(right) {
	return session.rights.includes(right);
}

/** A warning where a change would log out who makes it. */
export function ownWarning({ id }) {
	return id === session.keyId && el('p.notice.warn', t('own'));
}

export function permissionsToGive(role) {
	return role ? (session.roles[role] ?? []) : session.canGive;
}

export function rolesToGive() {
	const { roles, canGive } = session;
	return Object.keys(roles).filter((role) => roles[role].every((permission) => canGive.includes(permission)));
}

/** How long, and until when, other nodes may accept a revoked key. */
export function refusedWithin() {
	return t('revoke.within', { time: lasting(millis(session.features.refusedWithin)) });
}

export function refusedBy() {
	return timeOfDay(now() + millis(session.features.refusedWithin));
}
