// The faults of a drawn figure: text over other text, text outside of the page, text that a panel cuts off.
async spec => {
  const div = document.body.appendChild(document.createElement("div"));
  await Plotly.newPlot(div, spec.data, spec.layout, {staticPlot: true});
  const page = div.querySelector(".svg-container").getBoundingClientRect(), boxes = [], faults = [];
  for (const text of div.querySelectorAll("svg text")) {
    if (!text.textContent.trim() || !text.checkVisibility({opacityProperty: true, visibilityProperty: true})) continue;
    const matrix = text.getScreenCTM(), em = parseFloat(getComputedStyle(text).fontSize);
    const lines = text.querySelectorAll("tspan.line");
    for (const part of lines.length ? lines : [text]) {
      const box = part.getBBox(), cut = 0.12 * em, side = 0.5;  // a line's box is higher than its letters
      if (!box.width || !part.textContent.trim()) continue;
      const [x0, x1] = [box.x + side, box.x + box.width - side], [y0, y1] = [box.y + cut, box.y + box.height - cut];
      const corners = [[x0, y0], [x1, y0], [x1, y1], [x0, y1]].map(([x, y]) => [
        matrix.a * x + matrix.c * y + matrix.e - page.left, matrix.b * x + matrix.d * y + matrix.f - page.top]);
      boxes.push({words: part.textContent.slice(0, 50), text, corners, clip: clipOf(text, div, page)});
    }
  }
  boxes.forEach((box, place) => {
    const xs = box.corners.map(c => c[0]), ys = box.corners.map(c => c[1]);
    const beyond = (l, t, r, b) => Math.max(l - Math.min(...xs), t - Math.min(...ys), Math.max(...xs) - r, Math.max(...ys) - b);
    if (beyond(0, 0, page.width, page.height) > 0.6) faults.push(`outside the page: ${box.words}`);
    if (box.clip && beyond(...box.clip) > 0.6) faults.push(`cut off: ${box.words}`);
    for (const other of boxes.slice(place + 1))
      if (box.text !== other.text && !apart(box.corners, other.corners)) faults.push(`${box.words} over ${other.words}`);
  });
  const inSpace = spec.data.some(trace => trace.type.endsWith("3d"));  // a picture, of which the page knows nothing
  const marks = div.querySelectorAll(".trace, .contour, .barlayer path").length;
  if (!marks && !inSpace) faults.push("blank");
  Plotly.purge(div);
  div.remove();
  return faults;

  function clipOf(text, div, page) {
    for (let part = text; part !== div; part = part.parentElement) {
      const name = part.getAttribute("clip-path")?.match(/#([^'")]+)/)?.[1];
      const rect = name && document.getElementById(name)?.querySelector("rect")?.getBBox(), m = part.getScreenCTM?.();
      if (rect) return [m.a * rect.x + m.e - page.left, m.d * rect.y + m.f - page.top,
        m.a * (rect.x + rect.width) + m.e - page.left, m.d * (rect.y + rect.height) + m.f - page.top];
    }
  }

  function apart(one, two) {  // some side of one of both quadrilaterals has them on its two sides
    return [one, two].some(shape => shape.some(([x, y], n) => {
      const [u, v] = shape[(n + 1) % 4], along = corners => corners.map(c => c[0] * (v - y) + c[1] * (x - u));
      const [a, b] = [along(one), along(two)];
      return Math.max(...a) <= Math.min(...b) || Math.max(...b) <= Math.min(...a);
    }));
  }
}
