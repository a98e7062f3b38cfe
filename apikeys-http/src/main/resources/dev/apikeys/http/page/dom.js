// Builds elements. Text enters as text nodes only, so nothing that a user or a server wrote can become markup.

/** Makes an element, such as `p.sub`. A plain object after that holds attributes; `on…` adds a listener. */
export function el(tag, ...content) {
	const [name, ...classes] = tag.split('.');
	const element = document.createElement(name);
	element.classList.add(...classes);
	const attributes = content[0]?.constructor === Object ? content.shift() : {};
	for (const [key, value] of Object.entries(attributes)) {
		if (key.startsWith('on')) {
			element.addEventListener(key.slice(2), value);
		} else if (value != null && value !== false) {
			element.setAttribute(key, value === true ? '' : value);
		}
	}
	fill(element, content);
	return element;
}

/** Replaces the content of an element. Null, false and empty texts are left out. */
export function fill(element, ...content) {
	element.replaceChildren(...content.flat(Infinity).filter((part) => part || part === 0).flatMap(visible));
}

// Zero-width characters, and those that turn text around.
const INVISIBLE = /([\p{Cf}\p{Default_Ignorable_Code_Point}])/u;

/** Shows what is invisible by its number, such as U+202E, so that no name passes for another. */
function visible(part) {
	const number = (text) => `U+${text.codePointAt().toString(16).toUpperCase().padStart(4, 0)}`;
	return typeof part === 'string' ? part.split(INVISIBLE).map((text, i) => (i % 2 ? el('mark', number(text)) : text)) : part;
}

export function button(label, onclick, attributes, tag = 'button') {
	return el(tag, { type: 'button', onclick, ...attributes }, label);
}

export function sub(...content) {
	return el('div.sub', content);
}

/** Fills a place with one card. */
export function box(place, title, ...content) {
	const heading = el('h2', title);
	fill(place, el('div.card.box', heading, content));
	focusOn(heading);
}

export function keepFocus(change) {
	const { id } = document.activeElement;
	change();
	if (id && document.activeElement.id !== id) {
		const again = document.getElementById(id);
		if (again) {
			focusOn(again);
		}
	}
}

export function focusOn(element) {
	if (element.tabIndex < 0) {
		element.tabIndex = -1;
	}
	element.focus();
}

/** Becomes cards on narrow screens. Roles are spelled out, since `display: block` takes them away. */
export function table(caption, heads) {
	const columns = heads.map((text) => el(text ? 'th' : 'td', { scope: text && 'col', role: text && 'columnheader' }, text));
	return el(
		'table.cards',
		{ role: 'table' },
		el('caption', caption),
		el('thead', { role: 'rowgroup' }, el('tr', { role: 'row' }, columns)),
		el('tbody', { role: 'rowgroup' }),
	);
}

export function row(heads, cells) {
	return el('tr', { role: 'row' }, cells.map((cell, i) => el('td', { role: 'cell', 'data-head': heads[i] }, cell)));
}

export function wideRow(...content) {
	return el('tr', { role: 'row' }, el('td.message', { role: 'cell', colspan: 9 }, content));
}
