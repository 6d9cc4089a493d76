// Tables of words: errors, interpolation, samples, attention; and the table of a comparison.

const errorsAtFirst = 20;

/** One side of a comparison of characters: what both have, and what only this side has, marked. */
function marked(pieces, sign, mark) {
  return pieces.filter(([kind]) => kind === '=' || kind === sign)
    .map(([kind, text]) => kind === '=' ? text : element(mark, {}, text));
}

function errorTable(run) {
  const {rows, wrong, shown} = run.errors;
  const title = element('h3', {}, `${run.name}: ${wrong} of ${rows} rows wrong`);
  if (wrong === 0) return element('div', {class: 'card'}, title);
  const columns = [{title: 'source', class: 'word'}, {title: 'right form', class: 'word'},
                   {title: 'guess', class: 'word'}, {title: 'tags', class: 'tags'}, {title: 'line', class: 'number'}];
  const box = element('div', {});
  const fill = count => {
    box.replaceChildren(table(columns, shown.slice(0, count).map(e => [
      e.source, marked(e.pieces, '-', 'del'), e.guess ? marked(e.pieces, '+', 'ins') : element('span', {class: 'quiet'}, 'nothing'),
      e.tags.replaceAll(',', ', '), String(e.line)]), 'errors'));
    if (count < shown.length) {
      box.append(element('p', {style: 'margin-top:10px'}, element('button', {type: 'button', onclick: () => fill(shown.length)},
        `show ${shown.length - count} more`)));
    } else if (wrong > shown.length) {
      box.append(element('p', {class: 'quiet small'}, `The first ${shown.length} of ${wrong}.`));
    }
  };
  fill(errorsAtFirst);
  return element('div', {class: 'card'}, title, box);
}

function interpolationTables(run) {
  return run.interpolations.map(({from, to, tags, points}) => element('div', {class: 'card'},
    element('h3', {}, `${run.name}: ${from} → ${to}`),
    tags ? element('p', {class: 'quiet small'}, `asked for ${tags.replaceAll(',', ', ')}`) : null,
    table([{title: 't', class: 'number'}, {title: 'decoded', class: 'word'}, {title: 'log p, nats', class: 'number'}],
          points.map(p => [fixed(p.t, 3), p.word || element('span', {class: 'quiet'}, 'nothing'), fixed(p.log_probability, 2)]), 'interpolation')));
}

function sampleTable(run) {
  if (run.samples.length === 0) return null;
  return element('div', {class: 'card'}, element('h3', {}, `${run.name}: z from the prior`),
    isOfSentences()
      ? table([{title: 'decoded'}], run.samples.flatMap(s => s.words.map(w => [w || '–'])))
      : table([{title: 'asked for', class: 'tags'}, {title: 'decoded'}],
              run.samples.map(s => [s.tags.replaceAll(',', ', '), s.words.map(w => w || '–').join(', ')])));
}

/** Weights of what is attended to, a row each, before each symbol. */
function attentionTable(run, source, attended, symbols, weights) {
  // Shades between these are too dark for dark letters and too light for light ones, in both themes.
  const shade = weight => weight < 0.5 ? 0.9 * weight : 0.86 + 0.28 * (weight - 0.5);
  const cells = [];
  const body = attended.map((name, t) => element('tr', {}, element('th', {scope: 'row'}, name), symbols.map((symbol, s) => {
    const weight = weights[s][t];
    const cell = element('td', {title: `${name} at ${symbol}: ${fixed(weight, 3)}`}, fixed(weight, 2).replace(/^0/, ''));
    cells.push({cell, weight});
    return cell;
  })));
  themeListeners.push(() => cells.forEach(({cell, weight}) => {
    cell.style.background = blend(variable('--low'), variable('--accent'), shade(weight));
    cell.style.color = variable(weight < 0.5 ? '--ink' : '--page');
  }));
  return element('div', {class: 'card'}, element('h3', {}, `${run.name}: ${source}`),
    element('div', {class: 'table'}, element('table', {class: 'weights'},
      element('thead', {}, element('tr', {}, element('th', {}, ''), symbols.map(s => element('th', {scope: 'col'}, s)))),
      element('tbody', {}, body))));
}

/** Whether a method has collapsed stands with its name, which stays in sight when the table scrolls:
    as a column, the last of many, it would be out of it. */
function withCollapse({columns, rows}) {
  const isWhole = columns.includes('verdict');  // or only whether it has collapsed
  const at = columns.indexOf(isWhole ? 'verdict' : 'collapsed');
  const others = row => row.filter((_, i) => i !== at);
  return {columns: others(columns), rows: rows.map(others), question: isWhole ? ', verdict' : ', collapsed?',
          collapsed: new Map(rows.map(row => [row[0], row[at]]))};
}

function collapseNote(text) {
  if (text === 'no') return element('span', {class: 'chance'}, 'z is used');
  if (text === 'healthy' || text === 'no z') return element('span', {class: 'chance'}, text);
  return element('strong', {class: 'chance text-bad'}, text);
}

/** Sorted by a press on a title: by the first number of each cell, or as text. */
function comparisonTable(comparison) {
  const {columns, rows, question, collapsed} = withCollapse(comparison);
  let sorted = null, isRising = false;
  const box = element('div', {});
  const value = cell => { const number = parseFloat(cell); return Number.isNaN(number) ? cell : number; };
  const order = (a, b) => {
    const x = value(a[sorted]), y = value(b[sorted]);
    if (typeof x !== typeof y) return typeof x === 'number' ? -1 : 1;
    const sign = x < y ? -1 : x > y ? 1 : 0;
    return isRising ? sign : -sign;
  };
  const fill = () => {
    const shown = sorted === null ? rows : [...rows].sort(order);
    const made = table(columns.map((_, i) => ({title: '', class: i === 0 ? 'word' : 'number'})), shown.map(row => row.map(
      (cell, i) => {
        if (i === 0) return [cell, collapseNote(collapsed.get(cell))];
        const interval = cell.indexOf(' [');  // beneath the mean, for the table's width
        return interval < 0 ? cell : [cell.slice(0, interval), ' ', element('span', {class: 'chance'}, cell.slice(interval + 1))];
      })), 'comparison');
    made.querySelectorAll('th').forEach((head, i) => {
      const isSorted = sorted === i;
      head.setAttribute('aria-sort', isSorted ? (isRising ? 'ascending' : 'descending') : 'none');
      head.append(element('button', {type: 'button', onclick: () => {
        isRising = isSorted ? !isRising : i === 0;
        sorted = i;
        fill();
      }}, columns[i] + (i === 0 ? question : '') + (isSorted ? (isRising ? ' ▲' : ' ▼') : '')));
    });
    box.replaceChildren(made);
  };
  fill();
  return box;
}
