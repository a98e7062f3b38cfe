// A look at the store every half minute, so that trouble is said early.

import { call, failureOf } from './api.js';
import { clockWarning, lasting, millis, renewTimes } from './clock.js';
import { el } from './dom.js';
import { t } from './i18n.js';
import { notice } from './notices.js';
import { sessionEnded } from './reading.js';

export function watchHealth(signal) {
	const look = () => document.visibilityState === 'visible' && lookOnce(signal);
	look();
	const timer = setInterval(look, 30_000);
	signal.addEventListener('abort', () => clearInterval(timer));
}

async function lookOnce(signal) {
	try {
		notice('health', 'warn', trouble(await call('GET', 'health', { signal })));
	} catch (error) {
		const failure = failureOf(error);
		if (failure.kind === 'session') {
			sessionEnded(failure);
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
