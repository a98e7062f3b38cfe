// Who did what: over all keys, and as a part of the view of one.

import { shown, timeElement } from './clock.js';
import { button, el, fill, keepFocus, row, sub, table } from './dom.js';
import { known, t } from './i18n.js';
import { idElement, shortId } from './key-row.js';
import { latest, readPage, showing } from './reading.js';
import { href } from './route.js';

/** Draws a view into `main` until `signal`, as all views do. Returns how to follow a changed query. */
export function journalView(main, query, signal) {
	const show = latest(signal);
	const place = el('div');
	fill(main, el('h2', t('nav.journal')), place);

	function follow(newQuery) {
		const filters = Object.fromEntries(newQuery);
		const all = filters.actor && el('p', shortId(filters.actor), ' · ', el('a', { href: href('journal') }, t('keys.clear')));
		show(place, {}, async (signal) => {
			const page = (cursor) => readPage('journal', 'entries', { ...filters, cursor }, { signal });
			fill(place, all, journalTable(await page(), page));
		});
	}

	follow(query);
	return follow;
}

/** Entries, newest first; `more` reads the page after a cursor. */
export function journalTable(page, more, columns = Object.keys(CELLS)) {
	const foot = el('div.more');
	const heads = columns.map((name) => t(`journal.${name}`));
	const list = table(t('journal.caption'), heads);
	const [rows] = list.tBodies;

	function add({ items, next }) {
		rows.append(...items.map((entry) => row(heads, columns.map((name) => CELLS[name](entry)))));
		const addMore = async ({ target }) => {
			if (!target.ariaBusy) {
				target.ariaBusy = 'true';
				await showing(foot, {}, async () => {
					const page = await more(next);
					keepFocus(() => add(page));
				});
				target.ariaBusy = null;
			}
		};
		fill(foot, rows.firstChild ? null : t('journal.none'), next && button(t('more'), addMore, { id: 'journal-more' }));
	}

	add(page);
	return el('div.card', list, foot);
}

const CELLS = {
	time: ({ time }) => timeElement(time),
	// Types of later versions have no text here.
	what: ({ type, count }) => [known(`journal.${type}`, type), count > 1 && ` (${count})`],
	key: ({ keyId, name, owner }) =>
		keyId ? [el('a', { href: href('key', { id: keyId }) }, name ?? keyId), sub(idElement(keyId), owner && ` · ${owner}`)] : '—',
	by: ({ actor }) => actor && [el('a', { href: href('journal', { actor: actor.name }) }, shortId(actor.name)), sub(actor.via)],
	changes: ({ type, changes, fields, actor }) => [
		Object.entries(changes ?? {}).map(([field, { from, to }]) => el('div', `${fieldName(field)}: ${shown(from)} → ${shown(to)}`)),
		// A revocation clears it.
		fields?.filter((name) => type !== 'REVOKED' || name !== 'disabledAt').map(fieldName).join(', '),
		actor?.requestId && sub(el('code', actor.requestId)),
	],
};

function fieldName(field) {
	return known(`field.${field}`, field);
}
