// The list: filters that live in the address, newest first, more on request.

import { now } from './clock.js';
import { createKey } from './dialog-key.js';
import { button, el, fill, focusOn, keepFocus, table, wideRow } from './dom.js';
import { t } from './i18n.js';
import { act, actionsFor, revokeMany } from './key-actions.js';
import { apiQuery, filterControls, filtersOf, filterWords, narrowed } from './key-filters.js';
import { columnHeads, isUsable, keyRow } from './key-row.js';
import { latest, readPage } from './reading.js';
import { go, href, replaceRoute } from './route.js';
import { may } from './session.js';

export function keysView(main, query, signal) {
	const show = latest(signal);
	let filters;
	let keys;
	let next;
	let shownSince;

	const controls = filterControls((changed, typed) => {
		(typed ? replaceRoute : go)(href('keys', { ...filters, ...changed }));
	}, signal);
	const foot = el('div.more');
	const list = table(t('keys.caption'), columnHeads());
	const [rows] = list.tBodies;
	const create = may('CREATE') && button(t('create'), createAndShow, { id: 'create' }, 'button.primary');
	fill(main, el('h2.hidden', t('nav.keys')), el('div.bar', controls.elements, create), el('div.card', list, foot));
	fill(rows, wideRow(t('loading')));

	function follow(newQuery) {
		filters = filtersOf(newQuery);
		controls.show(filters);
		load();
	}

	function load() {
		return add([]);
	}

	function more() {
		if (!list.ariaBusy) {
			add(keys, next);
		}
	}

	async function add(before, cursor) {
		list.ariaBusy = 'true';
		const stale = (old) => list.classList.toggle('stale', old);
		const isLast = await show(rows, { 403: t('keys.forbidden') }, async (signal) => {
			const options = { signal, shownSince, stale };
			const page = await readPage('api-keys', 'api_keys', { ...apiQuery(filters), order: 'newest', cursor }, options);
			keys = [...before, ...page.items];
			next = page.next;
			shownSince = now();
			keepFocus(draw);
		});
		if (isLast) {
			list.ariaBusy = null;
		}
	}

	function draw() {
		fill(rows, keys.map(rowOf), keys.length === 0 && !next && wideRow(emptyText()));
		const other = filters.status === 'active' ? 'all' : 'active';
		const toggle = () => go(href('keys', { ...filters, status: other }));
		fill(
			foot,
			el('span.grow', t('keys.shown', { count: keys.length })),
			may('REVOKE') && narrowed(filters) && keys.some(isUsable) && button(t('bulk.open'), revokeShown, { id: 'bulk' }, 'button.plain'),
			button(t(`keys.show.${other}`), toggle, { id: 'inactive' }, 'button.plain'),
			next && button(t('more'), more, { id: 'more' }),
		);
	}

	function rowOf(key) {
		async function run(name) {
			const result = await act(name, key);
			if (result?.several) {
				await load();
			} else if (result?.gone) {
				keys = keys.filter((each) => each !== key);
				draw();
				focusOn(main.firstChild);
			} else if (result) {
				keys = keys.map((each) => (each === key ? result : each));
				keepFocus(draw);
			}
		}

		return keyRow(key, () => actionsFor(key).map((name) => [t(`do.${name}`), () => run(name)]));
	}

	function emptyText() {
		const { status } = filters;
		if (narrowed(filters) || (status !== 'active' && status !== 'all')) {
			return [el('p', t('keys.noMatch')), button(t('keys.clear'), () => go(href('keys')))];
		}
		return t(`keys.none.${status}`);
	}

	async function createAndShow() {
		if (await createKey()) {
			await load();
		}
	}

	async function revokeShown() {
		const meant = { ...filters, status: filters.status === 'disabled' ? 'disabled' : 'active' };
		if (await revokeMany(apiQuery(meant), filterWords(meant))) {
			await load();
		}
	}

	follow(query);
	return follow;
}
