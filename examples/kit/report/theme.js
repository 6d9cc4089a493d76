// Colours and charts: all charts are drawn anew when the page turns dark, light, or to print.

const colours = {
  light: ['#2f6fbb', '#d1570f', '#22824f', '#c13a6b', '#7250bd', '#85680f', '#0f8090', '#a844a8',
          '#56731a', '#8c564b'],
  dark: ['#7fb2f0', '#f59a5d', '#6fcf97', '#f28bb0', '#b79cf0', '#d8bb60', '#5ccbd8', '#e08fe0',
         '#aecb63', '#cf9f93'],
};

function variable(name) { return getComputedStyle(document.documentElement).getPropertyValue(name).trim(); }

function isDark() {
  return matchMedia('(prefers-color-scheme: dark)').matches && !matchMedia('print').matches;
}

/** The colour of series i: ten that are easily told apart, then others. */
function colour(i) {
  const list = isDark() ? colours.dark : colours.light;
  if (i < list.length) return list[i];
  return `hsl(${(i * 137.5) % 360} 55% ${isDark() ? 70 : 42}%)`;
}

/** A colour between two, each `#rrggbb`. */
function blend(from, to, share) {
  const part = (text, k) => parseInt(text.slice(1 + 2 * k, 3 + 2 * k), 16);
  const mixed = [0, 1, 2].map(k => Math.round(part(from, k) + share * (part(to, k) - part(from, k))));
  return `rgb(${mixed.join(' ')})`;
}

const drawn = [];

function applyTheme() {
  Chart.defaults.color = variable('--quiet');
  Chart.defaults.borderColor = variable('--grid');
  Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
  Chart.defaults.font.size = 13;
  Chart.defaults.maintainAspectRatio = false;
  Chart.defaults.animation = false;
  Chart.defaults.plugins.legend.display = false;
  Object.assign(Chart.defaults.plugins.tooltip, {
    backgroundColor: variable('--ink'),
    titleColor: variable('--page'),
    bodyColor: variable('--page'),
    footerColor: variable('--page'),
    padding: 10,
    boxPadding: 4,
    titleFont: {size: 15},
    bodyFont: {size: 13},
  });
}

/** A chart whose configuration `make` gives, now and after every change of theme. */
function chart(kind, label, make) {
  const canvas = element('canvas', {role: 'img', 'aria-label': label});
  const entry = {
    canvas, make, chart: null,
    draw() {
      if (this.chart) this.chart.destroy();
      this.chart = new Chart(canvas, make());
    },
  };
  drawn.push(entry);
  return {box: element('div', {class: `chart ${kind}`}, canvas), entry};
}

function drawAll() {
  applyTheme();
  for (const listener of themeListeners) listener();
  for (const entry of drawn) entry.draw();
}

/** Called before every drawing. */
const themeListeners = [];

/** Marks of the runs that share a colour, as Chart.js and report.css call them. */
const shapes = ['circle', 'triangle', 'rect', 'rectRot'];
function shape(i) { return shapes[i % shapes.length]; }
/** Beyond these a mark is hollow. */
function isHollow(i) { return i % (2 * shapes.length) >= shapes.length; }

/** Buttons with marks of colour, round ones where no shape is given; `pressed` says which are on. */
function legend(names, colourOf, onclick, shapeOf = () => 0) {
  const buttons = names.map((name, i) => {
    const dot = element('i', {class: `${shape(shapeOf(i))} ${isHollow(shapeOf(i)) ? 'hollow' : ''}`});
    const button = element('button', {type: 'button', 'aria-pressed': 'false', onclick: () => onclick(i)}, dot, name);
    return {button, dot};
  });
  const repaint = () => buttons.forEach(({dot}, i) => { dot.style.background = colourOf(i); });
  repaint();
  return {
    box: element('div', {class: 'legend'}, buttons.map(({button}) => button)),
    repaint,
    press(isOn) { buttons.forEach(({button}, i) => button.setAttribute('aria-pressed', String(isOn(i)))); },
  };
}

for (const media of ['(prefers-color-scheme: dark)', 'print']) {
  matchMedia(media).addEventListener('change', drawAll);
}
