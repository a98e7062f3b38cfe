// Modal dialogs: the focus enters, stays, and returns to where it came from.

import { button, el, fill, focusOn } from './dom.js';
import { t } from './i18n.js';
import { sayWithin } from './notices.js';

export function dialogOpen() {
	return document.querySelector('dialog') !== null;
}

/** Cannot be cancelled during a request, whose answer may be a secret, nor while `locked` says so. */
export class Dialog {
	busy = false;
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
			if (event.key === 'Escape') {
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
