// Maps of the latent space, side by side on the same words.

const valuesShown = 10;

/** Lines of an MSD, short enough for a phone. */
function linesOfTags(tags) {
  const lines = [''];
  for (const tag of tags.split(',')) {
    const line = lines[lines.length - 1];
    if (line.length + tag.length > 26 && line) lines.push(tag);
    else lines[lines.length - 1] = line ? `${line}, ${tag}` : tag;
  }
  return lines;
}

/** The most frequent values of a label, as places in `label.values`. */
function frequentValues(label) {
  const counts = label.values.map(() => 0);
  label.of.forEach(value => { counts[value] += 1; });
  return label.values.map((_, value) => value).sort((a, b) => counts[b] - counts[a] || a - b).slice(0, valuesShown);
}

function latentMaps(runs, points) {
  // By a label with one value all dots would have one colour.
  const labels = points.labels.filter(label => new Set(label.of).size > 1);
  const state = {label: labels[0] || {name: '', values: [''], of: points.words.map(() => 0)},
                 map: 0, focus: null, search: ''};
  let shown = [], key = null;
  const keyBox = element('div', {});

  /** Which words lie in which dataset: those of each value shown, and the rest, beneath them. */
  const groups = () => {
    const all = shown.map(() => []), rest = [], found = [];
    points.words.forEach((word, i) => {
      const place = shown.indexOf(state.label.of[i]);
      if (state.search && word.includes(state.search)) found.push(i);
      else if (!state.search && place >= 0 && (state.focus === null || state.focus === shown[place])) all[place].push(i);
      else rest.push(i);
    });
    return {all, rest, found};
  };

  const configure = run => () => {
    const plane = run.maps[state.map];
    const at = i => ({x: plane.x[i], y: plane.y[i], word: i});
    const {all, rest, found} = groups();
    const dots = (label, words, fill, radius) => ({
      label, data: words.map(at), backgroundColor: fill, borderColor: variable('--card'), borderWidth: 0.75,
      pointRadius: radius, pointHoverRadius: radius + 4, pointHoverBorderWidth: 2, pointHoverBorderColor: variable('--ink'), hitRadius: 3,
    });
    return {
      type: 'scatter',
      data: {datasets: [
        dots('found', found, variable('--bad'), 6),
        ...all.map((words, k) => dots(state.label.values[shown[k]], words, colour(k), 4.5)),
        dots('others', rest, isDark() ? '#5b646d' : '#c3c9cf', 3),
      ]},
      options: {
        scales: {x: {display: false}, y: {display: false}},
        layout: {padding: 8},
        interaction: {mode: 'nearest', intersect: true},
        onHover: (_, active, own) => point(active, own),
        onClick: (_, active, own) => {
          const value = labels.length && active.length ? state.label.of[own.data.datasets[active[0].datasetIndex].data[active[0].index].word] : null;
          focus(value);
        },
        plugins: {tooltip: {displayColors: false, callbacks: {
          title: items => items.length ? points.words[items[0].raw.word] : '',
          label: item => describe(run, item.raw.word),
        }}},
      },
    };
  };

  const describe = (run, i) => {
    const guess = run.predictions[i], shortened = guess.length > 30 ? `${guess.slice(0, 30)}…` : guess;
    const lines = [...linesOfTags(points.tags[i])];
    for (const label of points.labels) {
      if (label.name === 'lemma') lines.unshift(`lemma ${label.values[label.of[i]]}`);
    }
    lines.push(guess === points.gold[i] ? `guess ${guess} (right)` : `guess ${shortened || '(empty)'}`);
    if (guess !== points.gold[i]) lines.push(`right: ${points.gold[i]}`);
    return lines;
  };

  const maps = runs.map(run => ({run, ...chart('map', `Latent map of ${run.name}`, configure(run))}));

  /** The same word in the other maps. */
  const point = (active, own) => {
    for (const {entry} of maps) {
      const peer = entry.chart;
      if (!peer || peer === own) continue;
      const same = active.slice(0, 1).map(({datasetIndex, index}) => ({datasetIndex, index}));
      peer.setActiveElements(same);
      peer.tooltip.setActiveElements(same, {x: 0, y: 0});
      peer.update('none');
    }
  };

  const redraw = () => maps.forEach(({entry}) => entry.draw());

  const showLegend = () => {
    if (labels.length === 0) return;
    key = legend(shown.map(value => state.label.values[value] || 'none'), colour, k => focus(shown[k]));
    key.press(k => state.focus === shown[k]);
    keyBox.replaceChildren(key.box);
    const hidden = state.label.values.length - shown.length;
    if (hidden > 0) key.box.append(element('span', {class: 'quiet small'}, `and ${hidden} more, in grey`));
  };

  const focus = value => {
    state.focus = value === state.focus ? null : value;
    shown = frequentValues(state.label);
    if (state.focus !== null && !shown.includes(state.focus)) shown[shown.length - 1] = state.focus;
    showLegend();
    redraw();
  };

  const measure = run => {
    const plane = run.maps[state.map];
    return state.map === 0 ? `KL of the map: ${nats(plane.measure)}` : `${percent(plane.measure)} of the variance`;
  };
  const about = maps.map(({run}) => element('span', {class: 'quiet small'}, measure(run)));

  shown = frequentValues(state.label);
  showLegend();
  themeListeners.push(showLegend);
  const search = element('input', {type: 'search', size: 12, oninput: () => { state.search = search.value; redraw(); }});
  const controls = element('div', {class: 'controls'},
    labels.length === 0 ? null : selection('colour by', labels.map(l => l.name), i => {
      state.label = labels[i];
      state.focus = null;
      focus(null);
    }),
    selection('map', runs[0].maps.map(m => m.name), i => {
      state.map = i;
      maps.forEach(({run}, k) => { about[k].textContent = measure(run); });
      redraw();
    }),
    element('label', {}, 'find', search));
  return section('latent', 'What is in z',
    `${points.words.length} ${points.about}: each dot is the posterior mean of one ${rowName}. Point at a dot for its ${isOfSentences() ? 'words' : 'word, tags'} and the guess of the model; the same ${rowName} is shown in every map.${labels.length === 0 ? '' : ' Press a dot or a name to see its group alone.'} In t-SNE what is near was near; distances between groups mean nothing.`,
    controls, keyBox,
    element('div', {class: 'pair maps'}, maps.map(({run, box}, k) =>
      element('div', {class: 'card'}, element('h3', {}, run.name), box, about[k]))),
    groupingTables(runs));
}

function groupingTables(runs) {
  const columns = [{title: 'label'}, {title: 'values', class: 'number'}, {title: 'five nearest', class: 'number'},
                   {title: 'silhouette', class: 'number'}, {title: 'linear probe', class: 'number'}, {title: 'grouped'}];
  const groupings = run => run.diagnosis.groupings.filter(g => g.values > 1);
  const grouped = runs.filter(run => groupings(run).length > 0);
  if (grouped.length === 0) return null;
  const beside = (share, chance) => [percent(share), element('span', {class: 'chance'}, `chance ${percent(chance)}`)];
  return [element('p', {class: 'about', style: 'margin-top:16px'},
                  'How far each label is grouped: how many of the five nearest share it, the mean silhouette, and how often a linear classifier reads it from the mean of one that it was not trained on. Grouped: a quarter of the way from chance to certainty, or more.'),
          element('div', {class: 'pair'}, grouped.map(run => element('div', {class: 'card'}, element('h3', {}, run.name),
            table(columns, groupings(run).map(g => [
              g.label, String(g.values), beside(g.purity, g.purity_chance), fixed(g.silhouette, 2),
              beside(g.probe, g.probe_chance),
              element('span', {class: g.is_grouped ? 'text-good' : 'quiet'}, g.is_grouped ? 'yes' : 'no'),
            ])))))];
}
