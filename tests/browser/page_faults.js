// The faults of an open page: words fainter than 4.5 : 1, controls and words that lie over each other, headings
// that leave out a level.
() => {
  const main = document.querySelector('[data-testid="stMain"]'), faults = [];
  const numbers = colour => (colour.match(/[\d.]+/g) ?? []).map(Number);
  const light = colour => [0.2126, 0.7152, 0.0722].reduce((sum, share, n) => {
    const value = colour[n] / 255;
    return sum + share * (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
  }, 0);
  const seen = element => element.checkVisibility({opacityProperty: true, visibilityProperty: true}) && element.getClientRects().length;

  function behind(element) {  // the first colour behind it through which nothing is seen
    for (let part = element; part; part = part.parentElement) {
      const [r, g, b, opacity = 1] = numbers(getComputedStyle(part).backgroundColor);
      if (r !== undefined && opacity > 0.95) return [r, g, b];
    }
    return [255, 255, 255];
  }

  function contrast(element, property, page) {
    let [r, g, b, opacity = 1] = numbers(getComputedStyle(element)[property]);
    if (r === undefined) return 21;
    for (let part = element; part; part = part.parentElement) opacity *= parseFloat(getComputedStyle(part).opacity);
    const [low, high] = [[r, g, b].map((value, n) => value * opacity + page[n] * (1 - opacity)), page].map(light).sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  }

  function faint(element, property, page) {
    const ratio = contrast(element, property, page);
    if (ratio < 4.45) faults.push(`faint, ${ratio.toFixed(1)}: ${element.textContent.trim().slice(0, 40)}`);
  }

  for (const text of main.querySelectorAll(".js-plotly-plot svg text")) {
    const elsewhere = text.closest(".bartext, .textpoint");  // on a bar, a marker or a cell, whose colour it fits
    if (!seen(text) || !/\p{L}|\d/u.test(text.textContent) || elsewhere) continue;
    const parts = [...text.querySelectorAll("tspan")].filter(part => /\p{L}|\d/u.test(part.textContent) && !part.querySelector("tspan"));
    for (const part of parts.length ? parts : [text]) faint(part, "fill", behind(text.closest(".js-plotly-plot")));
  }
  const words = [...main.querySelectorAll("p, h1, h2, h3, li, a, label, button")].filter(
    element => seen(element) && /\p{L}|\d/u.test(element.innerText) && !element.closest(".js-plotly-plot, .stSlider, [disabled], [aria-disabled=true]"));
  for (const element of words) if (element.matches("p, h1, h2, h3, li, a")) faint(element, "color", behind(element));

  const blocks = words.filter(element => !element.matches("p a, li a"));  // a link in a text may be in two lines
  const boxes = [...blocks, ...main.querySelectorAll(".js-plotly-plot, .stSelectbox, .stMultiSelect, .stSlider, iframe")].filter(seen);
  boxes.forEach((one, place) => {
    const a = one.getBoundingClientRect();
    for (const other of boxes.slice(place + 1)) {
      if (one.contains(other) || other.contains(one) || one.closest("label") && one.closest("label") === other.closest("label")) continue;
      const b = other.getBoundingClientRect();
      const [x, y] = [Math.min(a.right, b.right) - Math.max(a.left, b.left), Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top)];
      if (x > 3 && y > 3) faults.push(`${one.innerText?.slice(0, 30) ?? one.className} over ${other.innerText?.slice(0, 30) ?? other.className}`);
    }
  });
  const levels = [...main.querySelectorAll("h1, h2, h3, h4, h5, h6")].filter(seen).map(heading => +heading.tagName[1]);
  levels.forEach((level, place) => {
    if (level > (levels[place - 1] ?? 0) + 1) faults.push(`a heading of level ${level} after ${levels[place - 1] ?? "none"}`);
  });
  return [...new Set(faults)];
}
