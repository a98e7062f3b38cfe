// Forms: labelled fields with a hint and an error, and a submit that runs one at a time; on the page or in a modal dialog.

import { failureOf } from './api.js';
import { button, el, fill, focusOn } from './dom.js';
import { t } from './i18n.js';
import { failureContent, sayWithin, sentence } from './notices.js';

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

export function dialogOpen() {
	return document.querySelector('dialog') !== null;
}

/** Holds the focus. Cannot be cancelled during a request, whose answer may be a secret, nor while `locked` says so. */
export class Dialog {
	busy = false;
	lost = false;
	result;
	alerts = el('div', { role: 'alert' });

	#heading;
	#content = el('div');
	#element;
	#opener = document.activeElement;
	#locked;

	constructor(title, { role, locked = () => false } = {}) {
		this.#locked = locked;
		this.#heading = el('h2', { id: 'dialog-title' }, title);
		this.#element = el('dialog', { role, 'aria-labelledby': 'dialog-title' }, this.#heading, this.#content);
		// Else browsers close on a second Escape, although `cancel` was prevented.
		this.#element.addEventListener('keydown', (event) => {
			if (event.key === 'Escape' && !event.isComposing) {
				event.preventDefault();
				this.cancel();
			}
		});
		this.#element.addEventListener('cancel', (event) => event.preventDefault());
	}

	show(content, focus) {
		document.body.append(this.#element);
		this.#element.showModal();
		sayWithin(this.#element);
		this.fill(content, focus);
		return new Promise((resolve) => this.#element.addEventListener('close', () => resolve(this.#closed())));
	}

	fill(content, focus = this.#heading, title) {
		this.clearAlert();
		if (title) {
			fill(this.#heading, title);
		}
		fill(this.#content, content);
		focusOn(focus);
	}

	/** Keeps what is filled in as it was sent. */
	freeze(frozen = true) {
		for (const control of this.#content.querySelectorAll('input, select')) {
			control.disabled = frozen;
		}
		this.#content.querySelector('[type=submit]').focus();
	}

	alert(...content) {
		fill(this.alerts, el('div.notice.bad', content));
	}

	clearAlert() {
		fill(this.alerts);
	}

	close(result = this.result) {
		this.result = result;
		this.#element.close();
	}

	cancel() {
		if (!this.busy && !this.#locked()) {
			this.close();
		}
	}

	cancelButton() {
		return button(t('cancel'), () => this.cancel());
	}

	#closed() {
		sayWithin(document.body);
		this.#element.remove();
		const opener = this.#opener.isConnected ? this.#opener : document.getElementById(this.#opener.id);
		focusOn(opener ?? document.querySelector('main h2'));
		return this.result;
	}
}
