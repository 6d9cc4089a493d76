// Run inside the page by report_test.py; gives an object of functions that find faults.
return (() => {
  const texts = () => {
    const walker = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT);
    const found = [];
    while (walker.nextNode()) {
      const parent = walker.currentNode.parentElement;
      if (walker.currentNode.data.trim() && parent.checkVisibility()) found.push(parent);
    }
    return [...new Set(found)];
  };
  const numbers = text => text.match(/[\d.]+/g).map(Number);
  const luminance = text => {
    const [r, g, b] = numbers(text).slice(0, 3).map(v => v / 255).map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const background = node => {
    for (let at = node; at; at = at.parentElement) {
      const own = getComputedStyle(at).backgroundColor;
      if (numbers(own)[3] !== 0) return own;
    }
    return 'rgb(255, 255, 255)';
  };
  const contrast = node => {
    const [a, b] = [luminance(getComputedStyle(node).color), luminance(background(node))].sort((x, y) => y - x);
    return (a + 0.05) / (b + 0.05);
  };
  const name = node => `${node.tagName}.${node.className} "${node.textContent.slice(0, 30)}"`;
  const charts = () => [...document.querySelectorAll('canvas')].map(canvas => {
    const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
    const colours = new Set(), view = new Uint32Array(pixels.buffer);
    let painted = 0;
    view.forEach(pixel => { if (pixel) painted += 1; colours.add(pixel); });
    const drawn = Chart.getChart(canvas);
    return {label: canvas.getAttribute('aria-label'), painted, colours: colours.size, width: canvas.clientWidth,
            height: canvas.clientHeight, points: drawn ? drawn.data.datasets.reduce((n, d) => n + d.data.length, 0) : 0};
  });
  const scrolls = node => node.closest('.table, pre') !== null;
  return {
    charts: charts(),
    small: texts().filter(node => parseFloat(getComputedStyle(node).fontSize) < 12.9).map(name),
    chartFont: Chart.defaults.font.size,
    pale: texts().filter(node => contrast(node) < 4.5).map(node => `${name(node)} ${contrast(node).toFixed(2)}`),
    overflow: document.documentElement.scrollWidth - innerWidth,
    outside: [...document.querySelectorAll('main *')].filter(node => !scrolls(node) && node.getBoundingClientRect().right > innerWidth + 1).map(name),
    background: luminance(background(document.body)),
    requests: performance.getEntriesByType('resource').map(entry => entry.name),
  };
})();
