// Time as the server sees it, since this computer's clock may be wrong.

import { el } from './dom.js';
import { language, listed, t } from './i18n.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

const UNITS = [
	['year', 730 * DAY, 365.25 * DAY],
	['month', 100 * DAY, 30.44 * DAY],
	['day', 22 * HOUR, DAY],
	['hour', 50 * MINUTE, HOUR],
	['minute', 45_000, MINUTE],
	['second', 0, Infinity],
];

let ahead = 0;

/** A `Date` header has seconds only, so a difference of less than two is none. */
export function learnTime(date) {
	const difference = Date.parse(date) - Date.now();
	if (!Number.isNaN(difference)) {
		ahead = Math.abs(difference) < 2_000 ? 0 : difference;
	}
}

export function now() {
	return Date.now() + ahead;
}

export function fromNow(distance) {
	return new Date(now() + distance).toISOString();
}

export function clockWarning() {
	const by = Math.abs(ahead);
	return by > MINUTE && t('clock.off', { by: lasting(Math.round(by / MINUTE) * MINUTE) });
}

export function relative(time) {
	const distance = Date.parse(time) - now();
	const [unit, , size] = UNITS.find(([, from]) => Math.abs(distance) >= from);
	return new Intl.RelativeTimeFormat(language, { numeric: 'auto' }).format(Math.round(distance / size), unit);
}

function absolute(time) {
	return new Date(time).toLocaleString(language, { dateStyle: 'medium', timeStyle: 'long' });
}

export function shown(value, otherwise = '—') {
	const text = Array.isArray(value) ? listed(value) : value;
	return /^\d{4}-\d\d-\d\dT/.test(text) ? absolute(text) : text || otherwise;
}

export function timeOfDay(time) {
	return new Date(time).toLocaleString(language, { timeStyle: 'medium' });
}

export function timeElement(time, otherwise = '—') {
	return time ? el('time', { datetime: time, title: absolute(time) }, relative(time)) : otherwise;
}

export function renewTimes() {
	document.querySelectorAll('time').forEach((each) => (each.textContent = relative(each.dateTime)));
}

export function millis(duration) {
	const parts = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:([\d.]+)S)?)?$/.exec(duration) ?? [];
	return [DAY, HOUR, MINUTE, 1_000].reduce((sum, unit, i) => sum + unit * (parts[i + 1] ?? 0), 0);
}

export function lasting(milliseconds) {
	const units = Object.entries({ day: DAY, hour: HOUR, minute: MINUTE, second: 1_000 });
	const [unit, size] = units.find(([, each]) => milliseconds % each === 0) ?? units.at(-1);
	return Math.round(milliseconds / size).toLocaleString(language, { style: 'unit', unit, unitDisplay: 'long' });
}

export function durations(...values) {
	return values.map((value) => [value, lasting(millis(value))]);
}
