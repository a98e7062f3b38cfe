// The texts of the page: one JSON file for each language.

import { button } from './dom.js';

const OTHERS = { en: { tag: 'zh', name: '中文' }, zh: { tag: 'en', name: 'English' } };

let texts = {};
export let language = 'en';

/** The language of `?lang=`, or the first of the browser's. */
export async function loadLanguage() {
	const asked = new URLSearchParams(location.search).get('lang');
	const wanted = [asked, ...navigator.languages].map((tag) => tag?.slice(0, 2));
	await use(wanted.find((tag) => tag in OTHERS) ?? 'en');
}

/** The address keeps the language, since the page stores nothing. */
export async function switchLanguage() {
	await use(OTHERS[language].tag);
	const address = new URL(location);
	address.searchParams.set('lang', language);
	history.replaceState(null, '', address);
}

export function languageButton(onclick) {
	const { tag, name } = OTHERS[language];
	return button(name, onclick, { id: 'language', lang: tag }, 'button.plain');
}

async function use(tag) {
	const response = await fetch(`${tag}.json`, { redirect: 'manual', signal: AbortSignal.timeout(10_000) });
	texts = flat(await response.json());
	language = tag;
	document.documentElement.lang = tag === 'zh' ? 'zh-Hans' : tag;
	for (const element of document.querySelectorAll('[data-text]')) {
		element.textContent = t(element.dataset.text);
	}
}

/** `{"a": {"b": …}}` in the file is `a.b` in the page. */
function flat(groups, prefix = '') {
	const parts = Object.entries(groups).map(([name, value]) =>
		typeof value === 'string' ? { [prefix + name]: value } : flat(value, `${prefix}${name}.`),
	);
	return Object.assign({}, ...parts);
}

/** The text of a key. `{name}` is replaced; of `one|many` the count decides. */
export function t(key, values = {}) {
	const [one, many = one] = (texts[key] ?? key).split('|');
	const shown = (value) => (typeof value === 'number' ? value.toLocaleString(language) : value);
	return (values.count === 1 ? one : many).replace(/\{(\w+)\}/g, (_, name) => shown(values[name]));
}

export function hasText(key) {
	return key in texts;
}

export function known(key, otherwise) {
	return hasText(key) ? t(key) : otherwise;
}

export function listed(names) {
	return new Intl.ListFormat(language, { style: 'narrow' }).format(names);
}
