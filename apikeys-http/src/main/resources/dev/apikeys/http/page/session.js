// What the user of the page may do, and how fast it takes effect.

import { session } from './api.js';
import { lasting, millis, now, timeOfDay } from './clock.js';
import { el } from './dom.js';
import { t } from './i18n.js';

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
