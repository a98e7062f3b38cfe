// All talk with the server: an answer is its data, all else a Failure.

import { learnTime } from './clock.js';

/**
 * Why there is no answer to use: `kind` is `unreachable` (nothing, or a proxy's), `timeout`, `garbled`, `session` (it has
 * ended), `refused` (the server says why: `status`, `code`, `field`, …) or `left` (nobody waits; never shown).
 */
export class Failure extends Error {
	constructor(kind, details) {
		super(details?.message ?? kind);
		Object.assign(this, details, { kind });
	}

	get outcomeUnknown() {
		return ['unreachable', 'timeout', 'garbled'].includes(this.kind) || this.retryable === 'ask';
	}

	get passes() {
		return this.outcomeUnknown || this.status === 503 || this.status === 429;
	}
}

/** Returns a caught Failure; anything else is a fault of the page, for its banner. */
export function failureOf(error) {
	if (error instanceof Failure) {
		return error;
	}
	throw error;
}

/** Who uses the page and what they may do; null if nobody is logged in. The server enforces it. */
export let session = null;

export function useSession(data) {
	session = data && { rights: [], canGive: [], roles: {}, features: {}, ...data };
}

export async function call(method, path, body, signal) {
	const isChange = session && method !== 'GET' && path !== 'session';
	const csrf = isChange && (await checkSession());
	const answer = await send(method, path, body, signal, csrf);
	if (answer instanceof Failure) {
		throw answer;
	}
	return answer;
}

/** A login in another tab is this tab's too. Returns the host's token, which it changes. */
export async function checkSession(signal) {
	const before = session;
	const { keyId, actor, csrf } = await call('GET', 'session', null, signal);
	if (keyId !== before.keyId || (!keyId && actor !== before.actor)) {
		throw new Failure('session', { replaced: true });
	}
	return csrf;
}

async function send(method, path, body, signal, csrf) {
	const timeout = AbortSignal.timeout(10_000);
	try {
		const response = await fetch(path, {
			method,
			headers: {
				Accept: 'application/json',
				'X-Requested-With': 'XMLHttpRequest', // else browsers may ask for a password on 401
				...(body && { 'Content-Type': 'application/json' }),
				...(csrf && { [csrf.header]: csrf.token }),
			},
			body: body && JSON.stringify(body),
			redirect: 'manual',
			cache: 'no-store',
			signal: signal ? AbortSignal.any([timeout, signal]) : timeout,
		});
		learnTime(response.headers.get('Date'));
		return read(response, await response.text());
	} catch {
		return new Failure(signal?.aborted ? 'left' : timeout.aborted ? 'timeout' : 'unreachable');
	}
}

function read({ status, headers, ok, type }, text) {
	if (type === 'opaqueredirect' || status === 401) {
		return new Failure('session', parsed(text).error);
	}
	if (!/^application\/json\b/i.test(headers.get('Content-Type'))) {
		// Not ours: a login page, or what a proxy or the host's own security says.
		return new Failure(ok ? 'session' : status >= 500 ? 'unreachable' : 'refused', { status });
	}
	const { success, data, message, error } = parsed(text);
	if (ok && success) {
		return data ?? {};
	}
	if (ok || !error) {
		return new Failure('garbled');
	}
	return new Failure('refused', { ...error, status, message, retryAfter: Number(headers.get('Retry-After')) });
}

function parsed(text) {
	try {
		return JSON.parse(text) ?? {};
	} catch {
		return {};
	}
}
