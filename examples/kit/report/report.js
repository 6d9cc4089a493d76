// The page: what it holds, from the first screen to the last.

/** Whether a model that may use z has yet to learn its task, and so may be of no use. */
function isUnlearnt({task}) { return ['not learnt', 'partly learnt', 'still learning'].includes(task); }

/** Of z, and of the task where that is not learnt. */
function verdictText(diagnosis) {
  const {verdict, task} = diagnosis;
  return isUnlearnt(diagnosis) ? `z: ${verdict}; task: ${task}` : verdict;
}

function verdictClass(run) {
  const {verdict} = run.diagnosis;
  if (verdict === 'healthy') return isUnlearnt(run.diagnosis) ? 'warn' : 'good';
  return ['collapsed', 'rate committed but unused', 'only the length is used'].includes(verdict) ? 'bad' : 'warn';
}

function figures(entries) {
  return element('dl', {class: 'figures'}, entries.map(([name, value]) =>
    element('div', {}, element('dt', {}, name), element('dd', {}, value))));
}

/** What another z costs: of sentences it shows in the NLL alone. */
function useFigures(d) {
  if (!isOfSentences()) {
    return [['exact match', percent(d.accuracy)], ['z of another word', percent(d.accuracy_z_permuted)],
            ['z from the prior', percent(d.accuracy_z_prior)]];
  }
  return [['perplexity', fixed(d.iw_perplexity, 2)], ['NLL, z of another sentence', nats(d.nll_z_permuted_nats)],
          ['NLL, z from the prior', nats(d.nll_z_prior_nats)]];
}

function verdictCard(run) {
  const d = run.diagnosis;
  return element('div', {class: `card verdict ${verdictClass(run)}`},
    element('div', {class: 'who'}, element('span', {}, run.name), element('span', {class: 'badge'}, verdictText(d))),
    element('p', {class: 'sentence'}, run.sentence),
    figures([...useFigures(d), ['rate', nats(d.rate_nats)],
             ['NLL', nats(d.nll_nats)], ['active units', `${d.active_units} of ${d.importance_per_dimension.length}`]]),
    element('p', {class: 'method quiet small'}, `${run.config.objective}, dropout ${run.config.dropout}`));
}

function evidence(run) {
  const d = run.diagnosis;
  return element('div', {class: 'card'}, element('h3', {}, `${run.name}: ${verdictText(d)}`),
    element('ul', {}, d.evidence.map(line => element('li', {}, line))),
    element('p', {}, `What usually helps: ${d.advice}.`),
    d.warnings.map(line => element('p', {class: 'note'}, line)),
    run.notes.map(line => element('p', {class: 'note'}, line)),
    figures([['ELBO', nats(d.elbo_nats)], [`NLL by ${d.iw_samples} samples`, nats(d.iw_nll_nats)],
             ...informationFigures(d), ['better posteriors save', nats(d.posterior_gap_nats)],
             ['the noise of z costs', nats(d.noise_cost_nats)], ['a nat of KL saves', nats(d.kl_price)]]),
    d.places ? changesOfPlaces(d) : null,
    importanceChart(run));
}

/** What z tells of the word: an estimate, or of a sequence its bound and what is used of it. */
function informationFigures(d) {
  const information = d.mutual_information_nats, places = d.places;
  if (!places) {
    return [['mutual information', `${fixed(information.lower, 2)} to ${fixed(information.upper, 2)}`],
            ['its lower bound is at most', fixed(information.cap, 2)], ['KL(q(z) || p(z))', nats(d.marginal_kl_nats)]];
  }
  return [['mutual information at most', nats(d.rate_nats)], ['in use', nats(places.used_nats)]];
}

/** What each change of a z that is a sequence costs, and what is right then. */
function changesOfPlaces(d) {
  const {places} = d, global = places.global || {};
  const whole = (nll, accuracy) => nll === null ? null : {nll_nats: nll, accuracy};
  const rows = [
    ['z of the word itself', whole(d.nll_nats, d.accuracy)], ['z of another word', whole(d.nll_z_permuted_nats, d.accuracy_z_permuted)],
    ['z of another word of as many places', places.z_permuted_in_length], ['z from the prior, of as many places', whole(d.nll_z_prior_nats, d.accuracy_z_prior)],
    ['z = 0 in every place', places.z_zero], ['the global z of another word', global.z_permuted],
    ['the places of another word with as many', global.places_permuted],
    ['without the mean over places', places.without_mean], ['without attention to places', places.without_attended]];
  return table([{title: ''}, {title: 'NLL, nats', class: 'number'}, {title: 'right', class: 'number'}],
               rows.filter(([, change]) => change).map(([name, change]) => [name, fixed(change.nll_nats, 2), percent(change.accuracy)]), 'changes');
}

/** The KL of each place, and beside it what no place holds. */
function placesCard(run, row = 'word') {
  const {places, rows} = run.diagnosis;
  const few = i => places.rows_per_place[i] < rows / 10;
  const {box} = chart('', `Nats by place of ${run.name}`, () => ({
    type: 'bar',
    data: {labels: places.kl_per_place.map((_, i) => i + 1),
           datasets: [{data: places.kl_per_place, backgroundColor: places.kl_per_place.map((_, i) => variable(few(i) ? '--quiet' : '--accent'))}]},
    options: {
      scales: {x: {grid: {display: false}, title: {display: true, text: 'place'}, ticks: {maxRotation: 0, autoSkip: true}},
               y: {title: {display: true, text: 'nats'}, ticks: {maxTicksLimit: 6}, beginAtZero: true}},
      plugins: {tooltip: {displayColors: false, callbacks: {
        title: items => items.length ? `place ${items[0].label}` : '',
        label: ({dataIndex}) => [`KL ${fixed(places.kl_per_place[dataIndex], 2)} nats`, `${places.rows_per_place[dataIndex]} of ${rows} ${row}s have it`],
      }}},
    },
  }));
  const entries = [['a place', nats(places.nats_per_place)], [`places a ${row}`, fixed(places.places_per_row, 2)], ['all places', nats(places.rate_of_places_nats)],
                   ['number of places', nats(places.rate_of_length_nats)], ['global z', nats(places.rate_of_global_nats)]];
  return element('div', {class: 'card'}, element('h3', {}, run.name), box, figures(entries.filter(([, value]) => value !== '–')));
}

/** What the loss of each dimension costs, the dearest first. */
function importanceChart(run) {
  const all = run.diagnosis.importance_per_dimension.map((one, d) => ({...one, d}))
    .sort((a, b) => b.nll_rise_nats - a.nll_rise_nats).slice(0, 32);
  const {box} = chart('', `Importance of the dimensions of ${run.name}`, () => ({
    type: 'bar',
    data: {labels: all.map(one => one.d), datasets: [{data: all.map(one => one.nll_rise_nats), backgroundColor: variable('--accent')}]},
    options: {
      scales: {x: {grid: {display: false}, title: {display: true, text: 'dimension of z'}, ticks: {maxRotation: 0, autoSkip: true}},
               y: {title: {display: true, text: 'nats'}, ticks: {maxTicksLimit: 5}}},
      plugins: {tooltip: {displayColors: false, callbacks: {
        title: items => items.length ? `z ${items[0].label} set to 0` : '',
        label: ({dataIndex}) => [`NLL rises by ${nats(all[dataIndex].nll_rise_nats)}`, `accuracy falls by ${percent(all[dataIndex].accuracy_fall)}`],
      }}},
    },
  }));
  return [element('h3', {style: 'margin-top:16px'}, `Rise of the NLL with one dimension set to 0 (on ${run.diagnosis.probe_rows} rows)`), box];
}

function comparisonSection(comparison, i) {
  return section(`comparison-${i}`, 'Comparison of methods',
    'Means with 95 % intervals from resampling seeds and rows; “less elbo” are differences on the same seeds and rows. Press a title to sort.',
    element('div', {class: 'card'}, comparisonTable(comparison)));
}

function configTable(run) {
  return element('details', {}, element('summary', {}, `config of ${run.name}`),
    table([{title: 'option'}, {title: 'value'}], Object.entries(run.config).map(([key, value]) => [key, String(value)])));
}

/** The colours of runs, then of methods: a method of a comparison has one. */
function giveColours(data) {
  let next = 0;
  data.runs.forEach(run => { Object.assign(run, {colour: next++, shape: 0, hasPeers: false}); });
  for (const comparison of data.comparisons) {
    const methods = new Map();
    for (const result of comparison.results) {
      if (!methods.has(result.method)) methods.set(result.method, next++);
      const peers = comparison.results.filter(other => other.method === result.method);
      result.colour = methods.get(result.method);
      result.shape = peers.indexOf(result);
      result.hasPeers = peers.length > 1;
      result.group = result.method;
      result.name = `${result.method}, seed ${result.seed}`;
    }
  }
}

function sectionsOf(data) {
  const {runs, comparisons, posteriors} = data;
  const results = comparisons.flatMap(c => c.results);
  const sections = [...posteriorSections(posteriors), ...comparisons.map(comparisonSection)];
  if (runs.length) sections.push(section('evidence', 'Verdict and evidence', null, element('div', {class: 'pair'}, runs.map(evidence))));
  const placed = runs.filter(run => run.diagnosis.places);
  if (placed.length) {
    sections.push(section('places', 'Nats of each place', 'Mean KL of each place over the words that have it; in grey where fewer than one in ten has.',
                          element('div', {class: 'pair'}, placed.map(run => placesCard(run)))));
  }
  if (runs.length) sections.push(latentMaps(runs, data.points));
  sections.push(curves([...runs, ...results]));
  const heat = runs.map(heatMap).filter(Boolean);
  if (heat.length) {
    const about = runs.some(run => run.diagnosis.places)
      ? ['KL over training', 'Mean KL on dev of each dimension, or of each place of a z that is a sequence, words without the place counted as 0; shades grow with its square root.']
      : ['KL of each dimension over training', 'Mean KL of each dimension on dev; shades grow with its square root.'];
    sections.push(section('heat', ...about,
                          element('div', {class: 'pair'}, heat)));
  }
  if (runs.length + results.length) sections.push(rateDistortion(runs, results));
  if (runs.length) {
    const erring = runs.filter(run => run.errors.rows > 0);
    if (erring.length) sections.push(section('errors', 'What it gets wrong', 'What is missing from the guess is struck out in the right form, what is too much is marked in the guess.', erring.map(errorTable)));
    const between = runs.flatMap(interpolationTables);
    if (between.length) sections.push(section('between', `Between ${rowName}s`, `The ${rowName}s that the model decodes along the line from one posterior mean to another.`, element('div', {class: 'grid'}, between)));
    const samples = runs.map(sampleTable).filter(Boolean);
    if (samples.length) sections.push(section('samples', 'From the prior', null, element('div', {class: 'pair'}, samples)));
    const attending = runs.filter(run => run.attention);
    if (attending.length) {
      sections.push(section('attention', 'Attention over tags', 'How the decoder weighs the tags before each symbol.',
        element('div', {class: 'pair'}, attending.flatMap(run => run.attention.map(one => attentionTable(run, one.source, one.tags, one.symbols, one.weights))))));
    }
    const overPlaces = runs.filter(run => run.place_attention);
    if (overPlaces.length) {
      sections.push(section('place-attention', 'Attention over places', 'How the decoder weighs the places of z before each symbol of its guess.',
        element('div', {class: 'pair'}, overPlaces.flatMap(run => run.place_attention.map(one => attentionTable(run, one.source, one.places, one.symbols, one.weights))))));
    }
  }
  sections.push(section('how', 'How this was made', null,
    element('h3', {}, 'This report'), element('pre', {}, data.command),
    throughputCard([...runs, ...results]),
    runs.flatMap(run => [element('h3', {}, run.name), element('pre', {}, run.train_command), configTable(run)])));
  return sections.filter(Boolean);
}

function showReport() {
  const data = JSON.parse(document.getElementById('data').textContent);
  giveColours(data);
  rowName = data.row;
  const names = [...data.posteriors.map(one => one.name), ...data.runs.map(run => run.name), ...data.comparisons.map(c => c.folder)];
  document.title = `${names.join(', ')}: ${data.program} report`;
  applyTheme();
  const sections = sectionsOf(data);
  document.getElementById('report').replaceChildren(
    element('h1', {}, `${data.program} report` + (data.data ? `: ${data.data.rows} rows of ${data.data.file}` : '')),
    ...data.posteriors.map(posteriorCard),
    ...data.runs.map(verdictCard),
    ...data.comparisons.map(c => element('div', {class: 'card verdict'}, element('div', {class: 'who'}, c.folder),
                                         element('p', {class: 'sentence'}, c.sentence))),
    element('nav', {'aria-label': 'contents'}, sections.map(s => element('a', {href: `#${s.id}`}, s.dataset.title))),
    ...sections,
    element('footer', {}, `${data.program} ${data.version}; charts by Chart.js and chartjs-chart-matrix (MIT).`));
  drawAll();
}

showReport();
