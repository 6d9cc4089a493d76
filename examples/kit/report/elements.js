// Elements of the page. Text is always put in as text, never as markup.
'use strict';

/** What the data calls a row: a word, or a sentence, of which accuracy says nothing. */
let rowName = 'word';
function isOfSentences() { return rowName === 'sentence'; }

/** An element with attributes (`class`, `on...` handlers, others) and children: nodes or text. */
function element(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) {
    if (key.startsWith('on')) made.addEventListener(key.slice(2), value);
    else if (value !== null && value !== undefined && value !== false) made.setAttribute(key, value);
  }
  for (const child of children.flat()) {
    if (child !== null && child !== undefined) made.append(child);
  }
  return made;
}

/** A part of the page under a heading, with a link to it in the contents. */
function section(id, title, about, ...children) {
  return element('section', {id, 'data-title': title}, element('h2', {}, title),
                 about ? element('p', {class: 'about'}, about) : null, ...children);
}

/** A table in a box of its own that scrolls where the screen is narrow. Columns are
    {title, class}; cells are nodes or text. */
function table(columns, rows, name) {
  const head = columns.map(c => element('th', {class: c.class, scope: 'col'}, c.title));
  const body = rows.map(row => element('tr', {}, row.map(
    (cell, i) => element('td', {class: columns[i].class}, cell))));
  return element('div', {class: 'table'},
                 element('table', {class: name}, element('thead', {}, element('tr', {}, head)),
                         element('tbody', {}, body)));
}

function selection(label, options, onchange) {
  const choice = element('select', {onchange: () => onchange(Number(choice.value))},
                         options.map((text, i) => element('option', {value: i}, text)));
  return element('label', {}, label, choice);
}

function isNumber(value) { return typeof value === 'number' && Number.isFinite(value); }
function fixed(value, digits) { return isNumber(value) ? value.toFixed(digits) : '–'; }
function percent(value, digits = 1) { return isNumber(value) ? `${fixed(100 * value, digits)} %` : '–'; }
function nats(value) { return isNumber(value) ? `${fixed(value, 2)} nats` : '–'; }
