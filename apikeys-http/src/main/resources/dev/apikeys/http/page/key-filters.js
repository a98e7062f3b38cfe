// The filters of the list: as controls, as an address, for the API, and in words.

import { session } from './api.js';
import { DAY, fromNow } from './clock.js';
import { el } from './dom.js';
import { select } from './form.js';
import { t } from './i18n.js';
import { notice } from './notices.js';

const STATUSES = ['active', 'all', 'disabled', 'expired', 'revoked'];

// Never in an address, which is logged and kept.
const SECRET = /_\w{26}_\w{49}|_[0-9a-f]{64}|ho_\w{43}/;

export function filtersOf(query) {
	return { q: '', owner: '', role: '', status: 'active', show: '', ...Object.fromEntries(query) };
}

export function narrowed({ q, owner, role, show }) {
	return [q, owner, role, show].some(Boolean);
}

export function apiQuery({ q, owner, role, status, show }) {
	const all = {
		q,
		owner,
		role,
		status: status !== 'all' && status,
		endingBefore: show === 'expiring' && fromNow(30 * DAY),
		unusedSince: show === 'unused' && fromNow(-90 * DAY),
	};
	return Object.fromEntries(Object.entries(all).filter(([, value]) => value));
}

export function filterWords({ q, owner, role, status, show }) {
	const words = { 'filter.q': q, 'field.owner': owner, 'field.role': role, 'field.status': t(`status.${status}`) };
	const lines = Object.keys(words).filter((name) => words[name]).map((name) => `${t(name)}: ${words[name]}`);
	return show ? [...lines, t(`filter.${show}`)] : lines;
}

/** `changed` learns what was chosen or typed, until `signal`. */
export function filterControls(changed, signal) {
	const text = (name, more) => {
		const label = t(`filter.${name}`);
		return el('input', { placeholder: label, 'aria-label': label, maxlength: 200, autocomplete: 'off', ...more });
	};
	const choice = (label, ...options) => select(options, '', { 'aria-label': label });
	const worded = (...values) => values.map((value) => [value, t(`filter.${value}`)]);
	const controls = {
		q: text('q', { type: 'search', class: 'grow' }),
		status: choice(t('field.status'), ...STATUSES.map((value) => [value, t(`status.${value}`)])),
		owner: text('owner'),
		role: choice(t('field.role'), ['', t('filter.role')], ...Object.keys(session.roles).map((name) => [name])),
		show: choice(t('filter.any'), ['', t('filter.any')], ...worded('expiring', 'unused')),
	};

	let pause;
	let changes = {};
	signal.addEventListener('abort', () => clearTimeout(pause));
	for (const [name, control] of Object.entries(controls)) {
		const typed = name === 'q';
		control.addEventListener(typed ? 'input' : 'change', () => {
			clearTimeout(pause);
			const isSecret = SECRET.test(control.value);
			notice('secret', 'warn', isSecret && t('filter.secret'));
			if (isSecret) {
				control.value = '';
			}
			changes[name] = control.value.trim();
			pause = setTimeout(() => {
				changed(changes, typed);
				changes = {};
			}, typed ? 300 : 0);
		});
	}
	return {
		elements: Object.values(controls),
		show(filters) {
			for (const [name, control] of Object.entries(controls)) {
				if (name !== 'q' || control !== document.activeElement) {
					control.value = filters[name];
				}
			}
		},
	};
}
