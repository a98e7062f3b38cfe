// Reads that are repeated: what was shown stays, and a notice says since when.

import { call, checkSession, Failure, failureOf } from './api.js';
import { clockWarning, lasting, millis, renewTimes, timeOfDay } from './clock.js';
import { el, fill } from './dom.js';
import { t } from './i18n.js';
import { dropNotice, failureContent, notice, sentence } from './notices.js';
import { queryText } from './route.js';

const PAUSES = [5, 10, 20, 30];
const MOST_EMPTY_PAGES = 20;

/** As `showing`, for reads that each end the one before; `signal` ends all. Returns whether it was the last. */
export function latest(signal) {
	let last;
	return async (place, refusals, reading) => {
		last?.abort();
		last = new AbortController();
		const own = AbortSignal.any([signal, last.signal]);
		await showing(place, refusals, () => reading(own));
		return !own.aborted;
	};
}

function sessionEnded(failure) {
	window.dispatchEvent(new CustomEvent('session-ended', { detail: failure }));
}

/** Reads until there is an answer. `stale` is told whether what is shown, `shownSince`, is old. Throws refusals. */
export async function read(path, { signal, shownSince, stale = () => {} }) {
	for (let attempt = 0; ; attempt++) {
		try {
			const data = await call('GET', path, null, signal);
			dropNotice('read');
			dropNotice('reach');
			stale(false);
			return data;
		} catch (error) {
			const failure = failureOf(error);
			if (failure.kind === 'session') {
				sessionEnded(failure);
				throw new Failure('left');
			}
			if (failure.kind === 'left' || (!failure.passes && failure.status < 500)) {
				throw failure;
			}
			stale(true);
			await anotherTry(failure, attempt, shownSince, signal);
		}
	}
}

/** Reads a page of `name`. An empty one may not be the last. */
export async function readPage(path, name, query, options) {
	for (let pages = 1; ; pages++) {
		const answer = await read(path + queryText(query), options);
		const items = Array.isArray(answer[name]) ? answer[name] : [];
		const { next } = answer;
		if (items.length > 0 || !next || pages === MOST_EMPTY_PAGES) {
			return { items, next };
		}
		query = { ...query, cursor: next };
	}
}

/** Runs a read and its drawing. A refusal is told in `refusals` by status. */
export async function showing(place, refusals, reading) {
	try {
		await reading();
	} catch (error) {
		const failure = failureOf(error);
		if (failure.kind !== 'left') {
			fill(place);
			notice('read', 'bad', failureContent(failure, null, refusals[failure.status]));
		}
	}
}

/** Waits for a click on "try again", for the network, or a while if the failure may pass. */
function anotherTry(failure, attempt, shownSince, signal) {
	const pause = Math.max(failure.retryAfter || 0, PAUSES[attempt] ?? PAUSES.at(-1));
	const waiting = new AbortController();
	return new Promise((resolve, reject) => {
		const since = shownSince && t('shownSince', { time: timeOfDay(shownSince) });
		notice('read', failure.passes ? 'warn' : 'bad', failureContent(failure, resolve, [sentence(failure), ' ', since]));
		window.addEventListener('online', resolve, { signal: waiting.signal });
		signal.addEventListener('abort', () => reject(new Failure('left')), { signal: waiting.signal });
		const timer = failure.passes && setTimeout(resolve, pause * 1_000);
		waiting.signal.addEventListener('abort', () => clearTimeout(timer));
	}).finally(() => waiting.abort());
}

/** Looks at session and store every half minute, and when the tab is shown. */
export function watchHealth(signal) {
	const look = () => document.visibilityState === 'visible' && lookOnce(signal);
	look();
	const timer = setInterval(look, 30_000);
	signal.addEventListener('abort', () => clearInterval(timer));
	document.addEventListener('visibilitychange', look, { signal });
}

async function lookOnce(signal) {
	try {
		await checkSession(signal);
		notice('health', 'warn', trouble(await call('GET', 'health', null, signal)));
		dropNotice('reach');
	} catch (error) {
		const failure = failureOf(error);
		if (failure.kind === 'session') {
			sessionEnded(failure);
		} else if (failure.passes) {
			notice('reach', 'warn', el('p', sentence(failure)));
		}
	}
	renewTimes();
	const clock = clockWarning();
	notice('clock', 'warn', clock && el('p', clock));
}

function trouble({ store = {}, stalls = [], maxAge }) {
	const count = stalls.length;
	const what = store.answering === false ? t('status.503') : count > 0 && t('health.slow', { count });
	return what && el('p', what, ' ', t('health.cached', { time: lasting(millis(maxAge)) }));
}
