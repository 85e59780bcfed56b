// Tokens of a text. The one under the mouse or in focus shows where it looks and who looks at it.
const LISTED = 6; // pairs that are named, the strongest first
const chosen = new WeakMap(); // the token told last: kept while the step goes on

export default function ({ parentElement, data }) {
  const box = parentElement.querySelector(".box");
  const words = parentElement.querySelector(".words");
  const spans = data.words.map((word, place) => token(word, place));
  words.replaceChildren();
  spans.forEach((span, place) => words.append(span, "\n".repeat(data.breaks[place])));

  function token(word, place) {
    const span = document.createElement("span");
    span.className = "token";
    span.tabIndex = 0;
    span.textContent = word;
    span.onmouseenter = span.onfocus = () => tell(place);
    return span;
  }

  function pairs(side, place) {
    const other = 1 - side;
    const pairs = data.weights.filter((pair) => pair[side] === place);
    return pairs.map((pair) => [pair[other], pair[2]]).sort((a, b) => b[1] - a[1]);
  }

  function tell(place) {
    chosen.set(words, place);
    spans.forEach((span, at) => {
      span.style.background = "";
      span.classList.toggle("chosen", at === place);
    });
    const [looks, looked] = Object.entries(data.colours);
    const out = pairs(0, place);
    const into = pairs(1, place).filter(([at]) => at !== place);
    paint(out, looks[1]);
    paint(into, looked[1]);
    const rest = 1 - out.reduce((sum, [, weight]) => sum + weight, 0);
    const beside = rest > 0.005 ? ` · the rest ${percent(rest)}` : "";
    box.replaceChildren(
      bold(`${data.words[place]}  (position ${place})`),
      line(...looks, list(out) + beside),
      line(...looked, list(into) || "no later token"),
    );
  }

  function paint(pairs, colour) {
    for (const [at, weight] of pairs) {
      if (at < 0) continue;
      const share = Math.round(100 * data.strongest * Math.sqrt(Math.min(weight / data.full, 1)));
      spans[at].style.background = `color-mix(in srgb, ${colour} ${share}%, transparent)`;
    }
  }

  function list(pairs) {
    const named = pairs.slice(0, LISTED).map(([at, weight]) => `${name(at)} ${percent(weight)}`);
    return named.join(" · ") + (pairs.length > LISTED ? " · …" : "");
  }

  function name(at) {
    return at < 0 ? "[BOS]" : `${data.words[at]} (${at})`;
  }

  tell(Math.min(chosen.get(words) ?? data.first, spans.length - 1));
}

function percent(weight) {
  return `${Math.round(100 * weight)} %`;
}

function bold(text) {
  const part = document.createElement("b");
  part.textContent = text;
  return part;
}

function line(title, colour, text) {
  const part = document.createElement("div");
  const mark = document.createElement("span");
  mark.className = "mark";
  mark.style.background = colour;
  part.append(mark, `${title}: ${text}`);
  return part;
}
