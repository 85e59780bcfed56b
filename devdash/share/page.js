// Draws the figures of a shared file and moves them with the cursor. Words are set as text, never as HTML.
const shared = JSON.parse(document.getElementById("shared").textContent);
const dark = matchMedia("(prefers-color-scheme: dark)");
const charts = [];
let step = shared.steps.length ? shared.steps.length - 1 : null, moved = false;

function make(kind, words, ...classes) {
  const made = document.createElement(kind);
  if (words !== undefined) made.textContent = words;
  made.classList.add(...classes);
  return made;
}

function stateOf(figure) {
  if (!moved) return figure.states[0];
  const at = figure.states.filter(state => state.step !== null && state.step <= shared.steps[step]);
  return at.length ? at[at.length - 1] : figure.states[0];
}

function draw(chart) {
  const state = stateOf(chart.figure), theme = dark.matches ? "dark" : "light";
  const copy = part => structuredClone(shared.pool[part]);
  const layout = {...copy(state.layout), template: shared.templates[theme], autosize: true};
  const config = {displaylogo: false, responsive: true, toImageButtonOptions: {format: "svg"}};
  chart.drawn = `${shared.figures.indexOf(chart.figure)} ${chart.figure.states.indexOf(state)} ${theme}`;
  Plotly.react(chart.box, state.data.map(copy), layout, config);
}

function refresh() {
  for (const chart of charts) {
    const wanted = `${shared.figures.indexOf(chart.figure)} ${chart.figure.states.indexOf(stateOf(chart.figure))} ` +
      (dark.matches ? "dark" : "light");
    if (chart.seen && chart.drawn !== wanted) draw(chart);
  }
}

function file(name, csv) {
  const link = make("a", `${name}.csv`, "file");
  link.download = `${name}.csv`;
  link.href = "#";
  link.addEventListener("click", () => { link.href = URL.createObjectURL(new Blob([csv], {type: "text/csv"})); },
    {once: true});
  return link;
}

function show(figure) {
  const frame = make("figure"), box = make("div", undefined, "chart"), files = make("div");
  if (figure.wide) frame.classList.add("wide");
  box.style.minHeight = `${shared.pool[figure.states[0].layout].height ?? 400}px`;
  box.setAttribute("role", "img");
  box.setAttribute("aria-label", figure.title);
  for (const [name, csv] of Object.entries(figure.tables))
    files.append(csv === null ? make("span", `${name}: its many rows are left out here `) : file(name, csv), " ");
  frame.append(make("h3", figure.title), box, make("figcaption", `${figure.words} (${figure.source})`), files);
  document.getElementById("figures").append(frame);
  const chart = {figure, box, seen: false, drawn: ""};
  charts.push(chart);
  new IntersectionObserver(([entry]) => { chart.seen = entry.isIntersecting; refresh(); }, {rootMargin: "400px"}).observe(box);
}

function cursor() {
  const bar = document.getElementById("cursor");
  if (!shared.steps.length) return bar.remove();
  const slider = bar.querySelector("input"), words = bar.querySelector("output"), play = bar.querySelector("button");
  slider.max = shared.steps.length - 1;
  slider.value = step;
  const say = () => {
    words.textContent = moved ? `step ${shared.steps[step].toLocaleString("en")}` : "as shared";
    slider.setAttribute("aria-valuetext", words.textContent);
  };
  const go = to => { step = to; moved = true; slider.value = to; say(); refresh(); };
  slider.addEventListener("input", () => go(Number(slider.value)));
  let timer = null;
  play.addEventListener("click", () => {
    if (timer) { clearInterval(timer); timer = null; play.textContent = "Play"; return; }
    if (!moved || step === shared.steps.length - 1) go(0);
    play.textContent = "Pause";
    timer = setInterval(() => step < shared.steps.length - 1 ? go(step + 1) : play.click(), 700);
  });
  say();
}

function claims() {
  const table = document.getElementById("claims");
  if (!shared.claims.length) return table.closest("section").remove();
  for (const claim of shared.claims) {
    const row = make("tr");
    for (const key of ["claim", "statement", "published", "measured"]) row.append(make("td", claim[key]));
    row.append(make("td", claim.verdict, ...(["holds", "fails"].includes(claim.verdict) ? [claim.verdict] : [])));
    table.append(row);
  }
}

function facts() {
  for (const rows of shared.facts) {
    const table = make("table");
    for (const [name, value] of rows) {
      const row = make("tr"), cell = make("td");
      cell.append(name === "Settings" ? make("pre", value) : value);
      row.append(make("th", name), cell);
      table.append(row);
    }
    document.getElementById("facts").append(table);
  }
}

document.getElementById("title").textContent = document.title = shared.title;
shared.figures.forEach(show);
cursor();
claims();
facts();
dark.addEventListener("change", refresh);
