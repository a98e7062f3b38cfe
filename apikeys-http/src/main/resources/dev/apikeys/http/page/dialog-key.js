// Creates, edits and rotates a key.

import { call, failureOf } from './api.js';
import { durations, now, shown } from './clock.js';
import { el } from './dom.js';
import { Dialog, Field, form, select, textField } from './form.js';
import { t } from './i18n.js';
import { deliveryField, expiryField, grantFields, sameNames } from './key-fields.js';
import { isDamaged } from './key-row.js';
import { say } from './notices.js';
import { keyPath } from './route.js';
import { showMade } from './secret.js';
import { ownWarning } from './session.js';

const CROCKFORD = '0123456789abcdefghjkmnpqrstvwxyz';

/** `ak_` and a ULID. Plain http has no `crypto.randomUUID`; it has `getRandomValues`. */
function newKeyId() {
	let time = '';
	for (let rest = now(); time.length < 10; rest = Math.floor(rest / 32)) {
		time = CROCKFORD[rest % 32] + time;
	}
	const random = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => CROCKFORD[byte % 32]);
	return `ak_${time}${random.join('')}`;
}

function keyFields(key) {
	const texts = ['name', 'owner', 'description'].map((field) =>
		textField(field, { value: key?.[field] ?? '', maxlength: field === 'description' ? 2_000 : 200 }),
	);
	const expiry = expiryField(key && (key.expiresAt ?? null));
	const grants = key && isDamaged(key) ? { element: el('p.hint.wide', t('edit.damaged')) } : grantFields(key);
	return {
		fields: [...texts, expiry, grants.role].filter(Boolean),
		elements: [...texts, grants.role, expiry, grants].map((part) => part?.element),
		isComplete: () => [texts[0].required(), expiry.check()].every(Boolean),
		body() {
			const changed = texts.filter((field) => field.value !== (key?.[field.name] ?? ''));
			const entries = changed.map((field) => [field.name, field.value || null]);
			return { ...Object.fromEntries(entries), ...grants.body?.(), ...expiry.body() };
		},
	};
}

/** The id is minted here and kept over retries. Returns the answer, `{}` if unknown. */
export async function createKey() {
	const id = newKeyId();
	const dialog = new Dialog(t('create'));
	const { fields, elements, isComplete, body } = keyFields();
	const delivery = deliveryField();

	const create = () => isComplete() && make(dialog, 'api-keys', id, body(), delivery.body());
	const content = el('div.fields', elements, delivery.element);
	const options = { fields: [...fields, delivery], content, submit: t('create'), unknown: t('create.unknown') };
	return showMade(await dialog.show(form(dialog, options, create), fields[0].control));
}

/** Sends what was changed, with the version that was read. Returns the key as it is then, or undefined. */
export function editKey(key) {
	const dialog = new Dialog(t('edit.title', { name: key.name }));
	const { fields, elements, isComplete, body } = keyFields(key);

	async function save(changes, version) {
		try {
			const answer = await call('PATCH', keyPath(key.id), { version, ...changes });
			saved(answer.api_key);
		} catch (error) {
			const { code, current } = failureOf(error);
			if (code !== 'VERSION' || !current) {
				throw error;
			}
			// After a lost answer it is this very change that is in the way.
			if (holds(current, changes)) {
				saved(current);
			} else {
				compare(changes, current);
			}
		}
	}

	function saved(after) {
		dialog.close(after);
		say(t('edit.done', { name: after.name }));
	}

	function compare(changes, current) {
		dialog.result = current;
		const heads = ['edit.field', 'edit.yours', 'edit.now'].map((text) => el('th', { scope: 'col' }, t(text)));
		const rows = Object.keys(changes).map((field) =>
			el('tr', el('th', { scope: 'row' }, t(`field.${field}`)), el('td', shown(changes[field])), el('td', shown(current[field]))),
		);
		const content = [el('p', t('edit.conflict')), el('table.compare', el('tr', heads), rows)];
		const mine = form(dialog, { content, submit: t('edit.mine') }, () => save(changes, current.version));
		dialog.fill(mine, undefined, t('edit.conflictTitle'));
	}

	async function submit() {
		if (isComplete()) {
			const changes = body();
			await (Object.keys(changes).length > 0 ? save(changes, key.version) : dialog.close());
		}
	}

	const options = { fields, content: el('div.fields', elements), submit: t('save') };
	return dialog.show(form(dialog, options, submit), fields[0].control);
}

function holds(key, changes) {
	return Object.entries(changes).every(([field, value]) =>
		Array.isArray(value) ? sameNames(value, key[field]) : (key[field] ?? null) === value,
	);
}

const AT_ONCE = 'PT0S';

/** Gives a key a successor; the old one goes on for a while or stops at once. */
export async function rotateKey(key) {
	const id = newKeyId();
	const dialog = new Dialog(t('rotate.title', { name: key.name }));
	const options = [[AT_ONCE, t('atOnce')], ...durations('PT1H', 'PT24H', 'P7D', 'P30D')];
	const grace = new Field('grace', select(options, 'PT24H'), { hint: t('rotate.hint') });
	const delivery = deliveryField();
	const content = [ownWarning(key), el('p', t('rotate.about')), grace.element, delivery.element];
	const action = () => rotate(dialog, key.id, id, grace.value, delivery.body());
	const element = form(dialog, { fields: [grace, delivery], content, submit: t('do.rotate') }, action);
	return showMade(await dialog.show(element, grace.control));
}

const rotate = (dialog, old, id, grace, delivery) => make(dialog, `${keyPath(old)}/rotate`, id, { grace }, delivery);

/** Makes the key of an id minted before a first attempt. If its answer gets lost, the next must ask for the same key. */
async function make(dialog, path, id, body, delivery) {
	dialog.result = {};
	dialog.freeze();
	try {
		dialog.close(await call('POST', path, { id, ...body, ...delivery }));
	} catch (error) {
		const { code, status, outcomeUnknown } = failureOf(error);
		if (code === 'EXISTS') {
			offerReplacement(dialog, id, delivery);
			return;
		}
		dialog.lost ||= outcomeUnknown || status === 500;
		dialog.freeze(dialog.lost);
		throw error;
	}
}

function offerReplacement(dialog, lost, delivery) {
	const id = newKeyId();
	const options = { content: el('p', t('create.exists')), submit: t('replace') };
	dialog.fill(form(dialog, options, () => rotate(dialog, lost, id, AT_ONCE, delivery)), undefined, t('replace.title'));
}
