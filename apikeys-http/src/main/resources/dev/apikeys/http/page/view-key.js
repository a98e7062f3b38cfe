// One key: all about it, what can be done to it, and what was done.

import { timeElement } from './clock.js';
import { button, el, fill, keepFocus } from './dom.js';
import { t } from './i18n.js';
import { act, actionsFor } from './key-actions.js';
import { badge, idElement, isDamaged, permissionTags, shortId, statusOf } from './key-row.js';
import { copyable } from './notices.js';
import { latest, read, readPage } from './reading.js';
import { go, href, keyPath } from './route.js';
import { may } from './session.js';
import { journalTable } from './view-journal.js';

export function keyView(main, query, signal) {
	const show = latest(signal);
	const place = el('div');
	let id;

	function follow(newQuery) {
		id = newQuery.get('id') ?? '';
		fill(main, el('a', { href: href('keys') }, t('key.back')), place);
		fill(place, el('h2', { id: 'heading' }, idElement(id)), el('p', t('loading')));
		load();
	}

	function load() {
		return show(place, { 404: t('key.gone') }, async (signal) => {
			const data = await read(keyPath(id), { signal });
			keepFocus(() => draw(data, signal));
		});
	}

	function draw({ api_key: key, handOff, journal }, signal) {
		const more = (cursor) => readPage('journal', 'entries', { keyId: id, cursor }, { signal });
		const page = { items: journal?.entries ?? [], next: journal?.next };
		const repair = isDamaged(key) && may('REPAIR') && el('a.button', { href: href('repair') }, t('nav.repair'));
		const actions = actionsFor(key).map((name) => button(t(`do.${name}`), () => run(name, key), { id: `do-${name}` }));
		fill(
			place,
			el('div.bar', el('h2', { id: 'heading' }, key.name), statusOf(key), el('span.grow'), repair, actions),
			el('p', key.description),
			el('dl.card', facts(key, handOff)),
			el('h3', t('nav.journal')),
			journalTable(page, more, ['time', 'what', 'by', 'changes']),
		);
	}

	async function run(name, key) {
		const result = await act(name, key);
		if (result?.gone) {
			go(href('keys'));
		} else if (result) {
			await load();
		}
	}

	follow(query);
	return follow;
}

function facts(key, handOff) {
	const link = (id) => id && el('a', { href: href('key', { id }) }, idElement(id));
	const all = {
		id: copyable(key.id),
		owner: key.owner,
		role: key.role,
		permissions: permissionTags(key),
		createdAt: [timeElement(key.createdAt), key.createdBy && ` ${t('by', { name: shortId(key.createdBy) })}`],
		updatedAt: timeElement(key.updatedAt, null),
		expiresAt: timeElement(key.expiresAt, t('never')),
		lastUsedAt: [timeElement(key.lastUsedAt, t('unused')), key.usageCount > 0 && ` · ${t('uses', { count: key.usageCount })}`],
		disabledAt: key.status !== 'revoked' && timeElement(key.disabledAt, null),
		revokedFrom: key.revokedAt && [timeElement(key.revokedAt), key.revokedReason && ` · ${key.revokedReason}`],
		rotatedFrom: link(key.rotatedFrom),
		rotatedTo: link(key.rotatedTo),
		handOff: handOff?.at && [
			t(`handOff.${handOff.state}`),
			' ',
			timeElement(handOff.at),
			' ',
			handOff.state === 'waiting' && key.status !== 'active' && badge('warn', t('handOff.dead')),
		],
		metadata: Object.entries(key.metadata ?? {}).map(([name, value]) => el('div', `${name}: ${value}`)),
	};
	return Object.entries(all)
		.filter(([, value]) => value && value.length !== 0)
		.map(([name, value]) => el('div', el('dt', t(`field.${name}`)), el('dd', value)));
}
