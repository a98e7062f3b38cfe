// The one variable that holds a secret, and how it is shown once.

import { call } from './api.js';
import { timeElement } from './clock.js';
import { button, el, sub } from './dom.js';
import { Dialog, tick } from './form.js';
import { t } from './i18n.js';
import { copy } from './notices.js';
import { keyPath } from './route.js';

const LIFETIME = 5 * 60_000;

let secret = null;
let timer;
let onDrop;

/** Drops the secret and all that shows it: on close, when the page is left, and after five minutes. */
export function dropSecret() {
	clearTimeout(timer);
	secret = null;
	onDrop?.();
	onDrop = null;
}

export function holdsSecret() {
	return secret !== null;
}

window.addEventListener('pagehide', dropSecret);

/**
 * Shows a secret until it is dropped. With `fileName` it is a key, which can be saved and used. `stored` labels the tick
 * that `close` waits for. Returns also whether leaving now would lose it.
 */
export function secretView(text, { label, fileName, stored, close, dropped }) {
	dropSecret();
	secret = text;
	timer = setTimeout(dropSecret, LIFETIME);

	const field = el('textarea.mono', { readonly: true, rows: 3, 'aria-label': label, spellcheck: 'false', autocomplete: 'off' });
	field.value = text;
	const copyIt = button(t('copy'), () => copy(secret, field), {}, 'button.primary');
	const saveIt = fileName && button(t('download'), () => save(secret, fileName));
	const isStored = tick(stored);
	const closeIt = button(t('close'), () => (isStored.box.checked ? close() : isStored.box.focus()), { 'aria-disabled': 'true' });
	isStored.box.addEventListener('change', () => (closeIt.ariaDisabled = !isStored.box.checked));

	const atRisk = () => holdsSecret() && !isStored.box.checked;
	const leaving = new AbortController();
	window.addEventListener('beforeunload', (event) => atRisk() && event.preventDefault(), { signal: leaving.signal });
	onDrop = () => {
		leaving.abort();
		field.value = '';
		dropped();
	};
	const foot = el('div.foot', isStored.element, closeIt);
	return { content: [el('div.secret', field, copyIt, saveIt), fileName && curlLine(), foot], copyIt, atRisk };
}

/** Takes the key from the environment, and hands it over by a pipe: neither history nor process list show it. */
function curlLine() {
	const command = 'echo "Authorization: Bearer $API_KEY" | curl -H @- "$SERVICE_URL"';
	return [sub(t('curl')), el('pre', { tabindex: 0, role: 'region', 'aria-label': t('curl') }, command)];
}

function save(text, fileName) {
	const url = URL.createObjectURL(new Blob([`${text}\n`], { type: 'text/plain' }));
	el('a', { href: url, download: fileName }).click();
	setTimeout(() => URL.revokeObjectURL(url), 1_000);
}

/** Returns what was made, whose secret was shown. */
export async function showMade(made) {
	const { api_key: key, claimUrl, claimUntil, download_url: download } = made ?? {};
	if (!key) {
		return made;
	}
	const link = claimUrl && new URL(claimUrl, document.baseURI).href;
	const dialog = new Dialog(t('made.title', { name: key.name }), { locked: () => view.atRisk() });
	const close = () => dialog.close();
	const view = secretView(link ?? key.key, {
		label: t(link ? 'made.link' : 'apiKey'),
		fileName: link ? null : `${key.id}.txt`,
		stored: t(link ? 'made.sent' : 'stored'),
		close,
		dropped: () => dialog.fill([el('p', t('made.gone')), dialog.alerts, el('div.foot', button(t('close'), close))]),
	});
	delete key.key;
	const about = link ? [t('made.linkOnce'), ' ', t('made.linkEnds'), ' ', timeElement(claimUntil)] : t('once');
	await dialog.show([el('p', about), dialog.alerts, view.content], view.copyIt);
	dropSecret();
	if (download) {
		// If this fails, the server's copy ends by itself in minutes.
		call('DELETE', `${keyPath(key.id)}/download`).catch(() => {});
	}
	return made;
}
