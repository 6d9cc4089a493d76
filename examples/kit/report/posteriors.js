// Stored posteriors of any model: what they show of its z. What is not known has no place here.

/** How wide a list of dimensions can be and still be read. */
const dimensionsShown = 64;

function known(entries) { return entries.filter(([, value]) => value !== null && value !== '–'); }

function withError(value, error) {
  return isNumber(value) ? `${fixed(value, 2)}${isNumber(error) ? ` ± ${fixed(error, 2)}` : ''}` : '–';
}

function posteriorCard({name, row, diagnosis: d}) {
  const units = isNumber(d.active_units) ? `${d.active_units} of ${d.latent}` : '–';
  return element('div', {class: `card verdict ${verdictClass({diagnosis: d})}`},
    element('div', {class: 'who'}, element('span', {}, name), element('span', {class: 'badge'}, verdictText(d))),
    element('p', {class: 'sentence'}, d.sentence),
    figures(known([['rate (KL)', nats(d.rate_nats)], ['NLL', nats(d.nll_nats)], [`z of another ${row}`, nats(d.nll_z_permuted_nats)],
                   ['accuracy', percent(d.accuracy)], [`accuracy, z of another ${row}`, percent(d.accuracy_z_permuted)],
                   ['active units', units]])));
}

function posteriorEvidence({diagnosis: d}) {
  const information = d.mutual_information_nats;
  return element('div', {class: 'card'},
    element('ul', {}, d.evidence.map(line => element('li', {}, line))),
    element('p', {}, `What usually helps: ${d.advice}.`),
    d.warnings.map(line => element('p', {class: 'note'}, line)),
    figures(known([
      ['rate (KL)', withError(d.rate_nats, d.rate_standard_error)],
      ['NLL', withError(d.nll_nats, d.nll_standard_error)],
      ['ELBO', nats(d.elbo_nats)],
      [`NLL by ${d.iw_samples} draws of z`, withError(d.iw_nll_nats, d.iw_nll_standard_error)],
      ['NLL, z from the prior', nats(d.nll_z_prior_nats)],
      ['mutual information', information ? `${fixed(information.lower, 2)} to ${fixed(information.upper, 2)}` : null],
      ['its lower bound is at most', information ? fixed(information.cap, 2) : null],
      ['KL(q(z) || p(z))', withError(d.marginal_kl_nats, d.marginal_kl_standard_error)],
    ])));
}

/** The KL of each dimension, the largest first; of those that are not active in grey. */
function posteriorDimensions({name, diagnosis: d}) {
  if (!d.kl_per_dimension) return null;
  const all = d.kl_per_dimension.map((kl, i) => ({
    i, kl, error: d.kl_per_dimension_standard_errors[i], variance: d.variance_of_means ? d.variance_of_means[i] : null,
  })).sort((a, b) => b.kl - a.kl);
  const shown = all.slice(0, dimensionsShown);
  const isActive = one => one.variance === null || one.variance > 0.01;
  const {box} = chart('', `KL of each dimension of ${name}`, () => ({
    type: 'bar',
    data: {labels: shown.map(one => one.i),
           datasets: [{data: shown.map(one => one.kl), backgroundColor: shown.map(one => variable(isActive(one) ? '--accent' : '--quiet'))}]},
    options: {
      scales: {x: {grid: {display: false}, title: {display: true, text: 'dimension of z'}, ticks: {maxRotation: 0, autoSkip: true}},
               y: {title: {display: true, text: 'nats'}, ticks: {maxTicksLimit: 6}, beginAtZero: true}},
      plugins: {tooltip: {displayColors: false, callbacks: {
        title: items => items.length ? `z ${items[0].label}` : '',
        label: ({dataIndex}) => {
          const {kl, error, variance} = shown[dataIndex];
          return [`KL ${fixed(kl, 3)} ± ${fixed(error, 3)} nats`, ...(variance === null ? [] : [`variance of the mean ${fixed(variance, 4)}`])];
        },
      }}},
    },
  }));
  const rest = all.slice(dimensionsShown);
  const others = rest.length === 0 ? '' : ` The other ${rest.length} hold ${nats(rest.reduce((sum, one) => sum + one.kl, 0))} together.`;
  return section('dimensions', 'KL of each dimension',
    `From most to least. Grey: not active, for the mean of the posterior varies by 0.01 or less.${others}`,
    element('div', {class: 'card'}, box));
}

function posteriorLack({diagnosis: d}) {
  if (d.missing.length + d.absent.length + d.not_read.length === 0) return null;
  const rows = d.absent.map(({tensor, shows}) => [tensor, shows]);
  return section('lack', 'What is not known', null, element('div', {class: 'card'},
    rows.length ? table([{title: 'not in the file', class: 'word'}, {title: 'what it would show'}], rows) : null,
    element('p', {class: 'small', style: 'margin-top:10px'}, `The verdict was found without ${d.missing.join('; ')}.`),
    d.not_read.length ? element('p', {class: 'quiet small'}, `Not read: ${d.not_read.join(', ')}.`) : null));
}

/** The page has one model. */
function posteriorSections(posteriors) {
  return posteriors.flatMap(one => [
    section('evidence', 'Verdict and evidence', null, posteriorEvidence(one)),
    one.diagnosis.places ? section('places', 'Nats of each place', `Mean KL of each place over the ${one.row}s that have it; in grey where fewer than one in ten has.`, placesCard(one, one.row)) : null,
    posteriorDimensions(one), posteriorLack(one)]);
}
