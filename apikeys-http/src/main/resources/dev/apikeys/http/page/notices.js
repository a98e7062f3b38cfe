// What the page says: results as a status, what is wrong as an alert, failures in words.

import { timeElement } from './clock.js';
import { button, el, fill, sub } from './dom.js';
import { hasText, t } from './i18n.js';

const status = document.getElementById('status');
const alerts = document.getElementById('alert');

let clearing;

/** Says a result. It disappears after a while, so nothing that must be read is said here alone. */
export function say(text) {
	clearTimeout(clearing);
	fill(status, text);
	clearing = setTimeout(() => (status.textContent = ''), 8_000);
}

/** Moves the status into what is modal: all outside is hidden from screen readers. */
export function sayWithin(container) {
	container.append(status);
}

/** Shows a notice in place of the last of that name. The same text is not said again. */
export function notice(name, level, ...content) {
	const old = alerts.querySelector(`[data-name=${name}]`);
	const box = el(`div.notice.${level}`, { 'data-name': name }, content);
	if (box.textContent !== old?.textContent || box.querySelector('button')) {
		old?.remove();
		alerts.append(...(box.textContent ? [box] : []));
	}
}

export function dropNotice(name) {
	notice(name, 'warn');
}

/** Forms on the page itself say what failed where notices are. */
export const formOnPage = {
	alert: (...content) => notice('form', 'bad', content),
	clearAlert: () => dropNotice('form'),
};

export function dropNotices() {
	alerts.replaceChildren();
}

export function sentence({ code, status, kind }) {
	return t([`code.${code}`, `status.${status}`, `failure.${kind}`].find(hasText) ?? 'failure.other');
}

/** A Failure as an alert, with a button to try again that counts down if it has to wait. */
export function failureContent(failure, retry, text = sentence(failure)) {
	const { kind, code, status, message, requestId, at, retryAfter } = failure;
	return [
		el(
			'div.grow',
			el('p', text),
			status < 429 && status !== 404 && !hasText(`code.${code}`) && el('p.sub', { lang: 'en' }, message),
			at && sub(timeElement(at)),
			status >= 500 && requestId && sub(t('reference'), ' ', copyable(requestId)),
		),
		kind === 'session' && el('a.button', { href: './', target: '_blank', rel: 'noopener' }, t('login.newTab')),
		retry && retryButton(retryAfter || 0, retry),
	];
}

function retryButton(seconds, action) {
	const end = performance.now() + seconds * 1_000;
	const left = () => Math.ceil((end - performance.now()) / 1_000);
	const retry = button('', () => left() <= 0 && action());
	(function draw() {
		const waits = left() > 0;
		retry.textContent = waits ? t('retryIn', { seconds: left() }) : t('retry');
		retry.ariaDisabled = waits;
		if (waits) {
			setTimeout(draw, 250);
		}
	})();
	return retry;
}

/** Says "copied" only when it was; where the browser refuses, as on plain http, it selects the text. */
export async function copy(text, shownIn) {
	try {
		await navigator.clipboard.writeText(text);
		say(t('copied'));
	} catch {
		shownIn.focus();
		getSelection().selectAllChildren(shownIn);
		shownIn.select?.();
		say(t('copySelected'));
	}
}

export function copyable(text) {
	const code = el('code', text);
	return [code, ' ', button(t('copy'), () => copy(text, code), {}, 'button.plain')];
}
