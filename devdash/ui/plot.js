// A Plotly chart that is updated in place. Streamlit's own is mounted anew whenever what it shows changes, which
// takes a browser several times as long. The library is Streamlit's: `library` in plot.py makes it load.
const library = (async () => {
  while (!window.Plotly) await new Promise((go) => setTimeout(go, 20));
  return window.Plotly;
})();
const PATIENCE = 20_000; // ms, after which a chart says that it waits
const WAITING = "This chart waits for its drawing library, which has not come. Reload the page; if charts stay away, "
  + "the connection loses large files, or another version of Streamlit is installed than requirements.txt names.";
const MARKS = ["shapes", "annotations"];
const charts = new WeakMap(); // element → what it shows, and how it tells what is chosen

export default function ({ parentElement, data, setTriggerValue }) {
  const host = parentElement.querySelector(".plot");
  const chart = charts.get(host) ?? { bytes: null, drawing: library };
  const isNew = !charts.has(host);
  charts.set(host, chart);
  chart.take = (points) => points.length && setTriggerValue("taken", points); // a trigger: the same again counts
  if (!same(chart.bytes, data)) {
    chart.bytes = data;
    const shown = JSON.parse(new TextDecoder().decode(data));
    host.setAttribute("role", "figure");
    host.setAttribute("aria-label", shown.alt);
    if (shown.figure.layout.height) host.style.minHeight = `${shown.figure.layout.height}px`;
    chart.drawing = chart.drawing.then(() => draw(host, shown)).catch((error) => console.error(error));
  }
  if (isNew) {
    setTimeout(() => window.Plotly || (host.textContent = WAITING), PATIENCE);
    chart.drawing.then(() => listen(host, chart));
    chart.size = new ResizeObserver(() => resize(host));
    chart.size.observe(host);
  }
  return () => setTimeout(() => {
    if (host.isConnected) return;
    chart.size.disconnect();
    chart.drawing.then(() => window.Plotly.purge(host));
  });
}

async function draw(host, { figure, takes, config }) {
  if (!host._fullLayout) host.textContent = "";
  const layout = { ...figure.layout, autosize: true };
  if (takes) layout.hovermode = "closest";
  if (takes === "points") Object.assign(layout, { clickmode: "event+select", dragmode: "select" });
  const big = { name: "Full screen", icon: window.Plotly.Icons.autoscale, click: (gd) => enlarge(gd) };
  // as text, since Plotly changes what it is given
  const shown = { takes, data: JSON.stringify(figure.data), layout: {} };
  for (const [name, value] of Object.entries(layout)) shown.layout[name] = JSON.stringify(value);
  const moved = onlyMarks(host, shown, layout);
  host.shown = shown;
  if (moved) await window.Plotly.relayout(host, moved);
  else {
    if (document.fullscreenElement === host) layout.height = window.innerHeight;
    await window.Plotly.react(host, figure.data, layout, { ...config, modeBarButtonsToAdd: [big] });
  }
}

// What a step of a cursor changes in most figures: lines and words, which are drawn again alone in a fraction
// of the time. Null where more has changed.
function onlyMarks(host, after, layout) {
  const before = host.shown;
  if (before?.takes !== after.takes || before.data !== after.data) return null;
  const names = Object.keys({ ...before.layout, ...after.layout });
  const changed = names.filter((name) => before.layout[name] !== after.layout[name]);
  if (!changed.every((name) => MARKS.includes(name))) return null;
  const parts = changed.includes("annotations") ? words(host, JSON.parse(before.layout.annotations ?? "[]"), layout) : {};
  return changed.includes("shapes") ? { ...parts, shapes: layout.shapes ?? [] } : parts;
}

// Of words that are others, the opacity is set again: for new words as such Plotly would lay out all anew.
function words(host, before, { annotations = [] }) {
  if (before.length !== annotations.length) return { annotations };
  const parts = {};
  annotations.forEach((note, place) => {
    if (JSON.stringify(note) === JSON.stringify(before[place])) return;
    host.layout.annotations[place] = note;
    parts[`annotations[${place}].opacity`] = note.opacity ?? 1;
  });
  return parts;
}

function listen(host, chart) {
  const known = (event) => (event?.points ?? []).flatMap(({ customdata }) => // a row of numbers comes typed
    customdata === undefined ? [] : [typeof customdata === "object" ? Array.from(customdata) : customdata]);
  host.on("plotly_click", (event) => host.shown.takes === "clicks" && chart.take(known(event)));
  host.on("plotly_selected", (event) => host.shown.takes === "points" && chart.take(known(event)));
  host.onfullscreenchange = () => {
    const height = document.fullscreenElement ? window.innerHeight : JSON.parse(host.shown.layout.height ?? "null");
    window.Plotly.relayout(host, { height, autosize: true });
  };
}

function enlarge(host) {
  if (document.fullscreenElement) document.exitFullscreen();
  else host.requestFullscreen();
}

function resize(host) {
  if (host._fullLayout && host.isConnected && host.clientWidth) window.Plotly.Plots.resize(host);
}

function same(one, other) {
  return one?.length === other.length && one.every((byte, place) => byte === other[place]);
}
