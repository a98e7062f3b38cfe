// Forms: labelled fields with a hint and an error, and a submit that runs one at a time.

import { failureOf } from './api.js';
import { el, fill } from './dom.js';
import { failureContent, sentence } from './notices.js';
import { t } from './i18n.js';

const FIELD_OF = { expiresIn: 'expiresAt', linkExpiresIn: 'delivery', permissions: 'role' };

/** A labelled control, named as in the API, so that its answers find the field. */
export class Field {
	#error;

	constructor(name, control, { label = t(`field.${name}`), hint } = {}) {
		this.name = name;
		this.control = control;
		this.#error = el('span.error', { id: `error-${name}` });
		const hintElement = hint && el('span.hint', { id: `hint-${name}` }, hint);
		control.id = `field-${name}`;
		control.setAttribute('aria-describedby', `error-${name}${hint ? ` hint-${name}` : ''}`);
		this.element = el('div.field', el('label', { for: control.id }, label), control, hintElement, this.#error);
	}

	get value() {
		return this.control.value.trim();
	}

	fail(...content) {
		fill(this.#error, content);
		this.control.ariaInvalid = 'true';
		return false;
	}

	clear() {
		fill(this.#error);
		this.control.ariaInvalid = null;
	}

	required() {
		return this.value !== '' || this.fail(t('required'));
	}
}

export function textField(name, { value = '', maxlength = 200, ...more } = {}) {
	const control = el('input', { maxlength, autocomplete: 'off' });
	control.value = value;
	return new Field(name, control, more);
}

export function select(options, chosen, attributes = {}) {
	const element = el('select', attributes, options.map(([value, label = value]) => el('option', { value }, label)));
	element.value = chosen;
	return element;
}

export function choices(type, name, options, on) {
	const boxes = options.map(([value, label = value]) =>
		el('label', el('input', { type, name, value, checked: on(value) }), el('span', label)),
	);
	return el('fieldset', el('legend', t(`field.${name}`)), boxes);
}

export function chosenOf(fieldset) {
	return [...fieldset.querySelectorAll('input:checked')].map((input) => input.value);
}

export function tick(label) {
	const box = el('input', { type: 'checkbox' });
	return { box, element: el('label.tick', box, el('span', label)) };
}

/**
 * A second click is no second request. A Failure is shown at the field that it names, else as an alert of `place`;
 * `unknown` is said where the change may have been made.
 */
export function form(place, { fields = [], content, submit, danger, unknown = t('failure.unknown') }, action) {
	const go = el(danger ? 'button.danger' : 'button.primary', { type: 'submit' }, submit);
	const element = el('form', { novalidate: true }, content, place.alerts, el('div.foot', place.cancelButton?.(), go));

	element.addEventListener('submit', async (event) => {
		event.preventDefault();
		if (place.busy) {
			return;
		}
		place.busy = true;
		place.clearAlert();
		fields.forEach((field) => field.clear());
		go.ariaDisabled = go.ariaBusy = 'true';
		try {
			await action(go);
		} catch (error) {
			show(failureOf(error));
		} finally {
			place.busy = false;
			go.ariaDisabled = go.ariaBusy = null;
			fields.find((field) => field.control.ariaInvalid)?.control.focus();
		}
	});

	function show(failure) {
		// What was learned about the key, for whoever opened the dialog.
		place.result ??= failure.status === 404 ? { gone: true } : failure.current;
		const field = fields.find(({ name }) => name === (FIELD_OF[failure.field] ?? failure.field));
		if (field) {
			field.fail(sentence(failure), ' ', el('span', { lang: 'en' }, failure.message));
		} else {
			const canRetry = failure.retryable !== 'no' || failure.kind === 'session';
			const retry = canRetry && (() => element.requestSubmit());
			const text = failure.outcomeUnknown ? unknown : [sentence(failure), ' ', failure.status === 503 && t('notDone')];
			place.alert(failureContent(failure, retry, text));
		}
	}

	return element;
}
