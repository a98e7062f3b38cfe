// Damaged permission lists: what is stored, how it is read, and what it is to hold.

import { call, failureOf } from './api.js';
import { button, el, fill, keepFocus, sub } from './dom.js';
import { choices, chosenOf } from './form.js';
import { listed, t } from './i18n.js';
import { badge, idElement } from './key-row.js';
import { dropNotice, failureContent, notice, say } from './notices.js';
import { latest, readPage } from './reading.js';
import { href } from './route.js';
import { permissionsToGive } from './session.js';

export function repairView(main, query, signal) {
	const show = latest(signal);
	const place = el('div');
	let busy = false;
	fill(main, el('h2', t('repair.title')), el('p', t('repair.about')), place);

	function load(cursor) {
		return show(place, {}, async (signal) => {
			const page = await readPage('permission-repairs', 'repairs', { cursor }, { signal });
			keepFocus(() => draw(page));
		});
	}

	function draw({ items, next }) {
		const repairable = items.some(({ grade }) => grade === 'repaired');
		fill(
			place,
			repairable && button(t('repair.all'), () => send({}), { id: 'apply-all' }, 'button.primary'),
			items.map(card),
			items.length === 0 && !next && el('p.card.message', t('repair.none')),
			next && button(t('more'), () => load(next), { id: 'repair-more' }),
		);
	}

	function card({ id, grade, rules = [], stored, permissions = [] }) {
		const repaired = grade === 'repaired';
		const names = permissionsToGive().map((name) => [name]);
		const boxes = choices('checkbox', 'permissions', names, () => false);
		const body = () => (repaired ? { id } : { id, permissions: chosenOf(boxes) });
		return el(
			'section.card.repair',
			el('h3', el('a', { href: href('key', { id }) }, idElement(id)), ' ', badge(repaired ? 'warn' : 'bad', t(`repair.${grade}`))),
			sub(t('repair.stored')),
			el('pre', { tabindex: 0, role: 'region', 'aria-label': `${t('repair.stored')} ${id}` }, stored ?? 'null'),
			sub(rules.join(' · ')),
			repaired ? el('p', t('repair.reads', { names: listed(permissions) || '—' })) : boxes,
			button(t(repaired ? 'repair.apply' : 'repair.set'), () => send(body()), { id: `apply-${id}` }),
		);
	}

	/** One at a time, and of all page by page. Repeating a repair that was made is refused. */
	async function send(body) {
		if (busy) {
			return;
		}
		busy = true;
		try {
			while (body) {
				const { next } = await call('POST', 'permission-repairs/apply', body);
				body = next && { cursor: next };
			}
			dropNotice('repair');
			say(t('repair.done'));
		} catch (error) {
			notice('repair', 'bad', failureContent(failureOf(error), () => send(body)));
		} finally {
			busy = false;
			await load();
		}
	}

	load();
	return () => load();
}
