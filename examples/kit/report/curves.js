// Figures over training, and the plane of rate and distortion.

/** What is drawn of the epochs; a dashed line is the second key's. */
const measures = () => [
  {title: `NLL, nats a ${rowName}`, keys: ['dev_nll_nats', 'train_nll_nats'], names: ['dev', 'train']},
  {title: `Rate, nats a ${rowName}`, keys: ['dev_rate_nats', 'train_rate_nats'], names: ['dev', 'train']},
  {title: `ELBO on dev, nats a ${rowName}`, keys: ['dev_elbo_nats'], names: ['']},
  {title: 'Exact match on dev, %', keys: ['dev_accuracy'], names: [''], unit: 100},
  {title: 'Multiplier and weight of the KL', keys: ['multiplier', 'kl_weight'], names: ['multiplier', 'weight']},
  {title: 'Slope of the rate, nats an epoch', keys: ['rate_slope_nats_per_epoch'], names: [''], isOptional: true},
  {title: 'Gradient at (mu, logvar): NLL over KL', keys: ['gradient_ratio'], names: [''], isOptional: true},
  {title: 'Cost of a permuted z, nats', keys: ['permutation_gap_nats'], names: [''], isOptional: true},
  {title: 'Amortisation gap, nats', keys: ['amortisation_gap_nats'], names: [''], isOptional: true},
];

/** Of the machine and not of the model: not among the curves of learning. */
const throughput = {title: 'Examples a second', keys: ['examples_per_second'], names: ['']};

function curveOf(series, measure, which) {
  const key = measure.keys[which];
  const dash = which === 0 ? [] : [5, 4];
  return {
    label: [series.name, measure.names[which]].filter(Boolean).join(', '),
    data: series.epochs.filter(e => isNumber(e[key])).map(e => ({x: e.epoch, y: e[key] * (measure.unit || 1)})),
    borderColor: colour(series.colour), backgroundColor: colour(series.colour),
    borderDash: dash, borderWidth: which === 0 ? 2 : 1.5, pointHoverRadius: 5, tension: 0,
    pointStyle: shape(series.shape), pointRadius: series.hasPeers ? 4 : 1.5,
    pointBackgroundColor: isHollow(series.shape) ? variable('--card') : colour(series.colour),
    hidden: series.isHidden,
  };
}

function curveChart(all, measure) {
  return chart('curve', measure.title, () => ({
    type: 'line',
    data: {datasets: all.flatMap(series => measure.keys.map((_, which) => curveOf(series, measure, which)))},
    options: {
      interaction: {mode: all.length > 6 ? 'nearest' : 'x', axis: 'x', intersect: false},
      scales: {
        x: {type: 'linear', bounds: 'data', title: {display: true, text: 'epoch'}, ticks: {precision: 0, maxRotation: 0}},
        y: {ticks: {maxTicksLimit: 7}},
      },
      plugins: {tooltip: {callbacks: {
        title: items => items.length ? `epoch ${items[0].parsed.x}` : '',
        label: item => `${item.dataset.label}: ${Number(item.parsed.y.toPrecision(5))}`,
      }}},
    },
  }));
}

/** Whether a figure of the epochs is known of any series. */
function isMeasured(all, {keys}) {
  return keys.some(key => all.some(series => series.epochs.some(e => isNumber(e[key]))));
}

/** What the lines of a measure are, where there are two. */
function lineKey({keys, names}) {
  if (keys.length < 2) return null;
  return element('p', {class: 'lines quiet small'}, names.map((name, which) =>
    element('span', {}, element('i', {class: which === 0 ? 'solid' : 'dashed'}), name)));
}

function curveCard(measure, box) {
  return element('div', {class: 'card'}, element('h3', {}, measure.title), lineKey(measure), box);
}

/** How fast the runs were, which says nothing of what they have learnt. */
function throughputCard(all) {
  return isMeasured(all, throughput) ? curveCard(throughput, curveChart(all, throughput).box) : null;
}

/** Series are {name, colour, shape, hasPeers, epochs}. */
function curves(all) {
  const charts = measures().filter(m => isMeasured(all, m)).map(measure => ({measure, ...curveChart(all, measure)}));
  if (charts.length === 0) return null;
  const names = legend(all.map(s => s.name), i => colour(all[i].colour), i => {
    all[i].isHidden = !all[i].isHidden;
    names.press(k => !all[k].isHidden);
    charts.forEach(({entry}) => entry.draw());
  }, i => all[i].shape);
  names.press(() => true);
  themeListeners.push(names.repaint);
  return section('training', 'Training',
    'One line a run. Runs of a method share its colour and differ in their marks. Press a name to hide its lines.',
    names.box,
    element('div', {class: 'grid'}, charts.map(({measure, box}) => curveCard(measure, box))));
}

/** Names of the rows of the KL of a z that is a sequence, in their order. */
function placeNames({places, importance_per_dimension: dimensions}, count) {
  const columns = places.global ? Math.ceil(places.global.importance_per_dimension.length / dimensions.length) : 0;
  const names = [...(isNumber(places.rate_of_length_nats) ? ['length'] : []), ...Array.from({length: columns}, () => 'global z')];
  for (let place = 1; names.length < count; ++place) names.push(`${place}`);
  return names;
}

/** KL per dimension over epochs, dimensions from most to least at the end; of a sequence per place,
    in order. */
function heatMap(run) {
  const epochs = run.epochs.filter(e => Array.isArray(e.kl_per_dimension) && e.kl_per_dimension.length > 0);
  if (epochs.length === 0) return null;
  const last = epochs[epochs.length - 1].kl_per_dimension;
  const count = Math.max(...epochs.map(e => e.kl_per_dimension.length));
  const names = run.diagnosis.places ? placeNames(run.diagnosis, count) : null;
  const order = names ? names.map((_, d) => d) : last.map((_, d) => d).sort((a, b) => last[b] - last[a]);
  const nameOf = d => names ? (isNumber(Number(names[d])) ? `place ${names[d]}` : names[d]) : `z ${d}`;
  const cells = [];
  let most = 0;
  epochs.forEach((epoch, e) => order.forEach((d, place) => {
    const kl = epoch.kl_per_dimension[d] || 0;
    most = Math.max(most, kl);
    cells.push({x: e, y: place, kl, d, epoch: epoch.epoch});
  }));
  // The square root shows little ones beside great ones.
  const shade = cell => blend(variable('--low'), variable('--accent'), most > 0 ? Math.sqrt(Math.max(0, cell.kl) / most) : 0);
  const {box} = chart('heat', `KL per ${names ? 'place' : 'dimension'} of ${run.name}`, () => {
    const shades = cells.map(shade);
    return {
      type: 'matrix',
      data: {datasets: [{
        data: cells,
        backgroundColor: context => shades[context.dataIndex],
        borderWidth: 0,
        hoverBorderColor: variable('--ink'), hoverBorderWidth: 2,
        width: ({chart: c}) => Math.max(1, (c.chartArea || {width: 0}).width / epochs.length + 0.5),
        height: ({chart: c}) => Math.max(1, (c.chartArea || {height: 0}).height / order.length + 0.5),
      }]},
      options: {
        scales: {
          x: {type: 'linear', min: -0.5, max: epochs.length - 0.5, offset: false, grid: {display: false},
              afterBuildTicks: axis => { axis.ticks = epochs.map((_, e) => ({value: e})); },
              ticks: {callback: value => epochs[value] ? epochs[value].epoch : '', autoSkip: true, maxRotation: 0},
              title: {display: true, text: 'epoch'}},
          y: {type: 'linear', min: -0.5, max: order.length - 0.5, reverse: true, offset: false, grid: {display: false},
              ...(names ? {afterBuildTicks: axis => { axis.ticks = order.map((_, place) => ({value: place})); }} : {}),
              ticks: {precision: 0, callback: value => !Number.isInteger(value) ? '' : names ? names[value] : value + 1},
              title: {display: true, text: names ? 'place' : 'dimension, by KL at the end'}},
        },
        plugins: {tooltip: {displayColors: false, callbacks: {
          title: items => items.length ? `epoch ${items[0].raw.epoch}` : '',
          label: item => `${nameOf(item.raw.d)}: ${item.raw.kl.toFixed(3)} nats`,
        }}},
      },
    };
  });
  const bar = element('i', {});
  const repaint = () => { bar.style.background = `linear-gradient(to right, ${variable('--low')}, ${variable('--accent')})`; };
  themeListeners.push(repaint);
  return element('div', {class: 'card'}, element('h3', {}, run.name), box,
                 element('div', {class: 'scale'}, '0', bar, `${most.toFixed(2)} nats`));
}

/** Runs have a way there; runs of a comparison are points. */
function rateDistortion(runs, results) {
  const marks = [];
  runs.forEach(run => marks.push({
    name: run.name, colour: run.colour, way: run.epochs.filter(e => isNumber(e.dev_rate_nats) && isNumber(e.dev_nll_nats)),
    rate: run.diagnosis.rate_nats, nll: run.diagnosis.nll_nats, accuracy: run.diagnosis.accuracy,
    collapsed: verdictClass(run) === 'bad',
  }));
  results.forEach(result => marks.push({...result, way: []}));
  const {box} = chart('plane', 'Rate and distortion', () => ({
    type: 'scatter',
    data: {datasets: marks.flatMap(mark => {
      const own = colour(mark.colour);
      const way = {label: mark.name, data: mark.way.map(e => ({x: e.dev_rate_nats, y: e.dev_nll_nats, text: `epoch ${e.epoch}`})),
                   showLine: true, borderColor: own, backgroundColor: own, borderWidth: 1.25, pointRadius: 2.5, pointHoverRadius: 5};
      const end = {label: mark.name, data: [{x: mark.rate, y: mark.nll, text: isNumber(mark.accuracy) ? `exact match ${percent(mark.accuracy)}` : 'the model as it is'}],
                   borderColor: own, backgroundColor: mark.collapsed ? variable('--card') : own, borderWidth: 2,
                   pointStyle: 'rectRot', pointRadius: 8, pointHoverRadius: 10};
      return mark.way.length ? [end, way] : [end];
    })},
    options: {
      scales: {
        x: {title: {display: true, text: `rate, nats a ${rowName}`}, beginAtZero: true},
        y: {title: {display: true, text: `distortion: NLL, nats a ${rowName}`}, beginAtZero: true},
      },
      interaction: {mode: 'nearest', intersect: true},
      plugins: {tooltip: {callbacks: {
        label: item => [item.dataset.label, item.raw.text, `rate ${nats(item.raw.x)}`, `NLL ${nats(item.raw.y)}`],
      }}},
    },
  }));
  const names = [...new Map(marks.map(m => [m.colour, m.group || m.name])).entries()];
  const key = legend(names.map(([, name]) => name), i => colour(names[i][0]), () => {});
  themeListeners.push(key.repaint);
  return section('plane', 'Rate and distortion',
    'Distortion is the NLL with z drawn from the posterior; rate and NLL together are the negative ELBO. At rate 0 z carries nothing. Diamonds are the models as they are, hollow where they have collapsed; lines are their ways there.',
    key.box, element('div', {class: 'card'}, box));
}
