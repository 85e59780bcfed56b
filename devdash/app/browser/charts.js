// Charts of a page act together: what is zoomed stays so while the cursor moves, and charts over the same axis
// are zoomed and pointed at together.
(() => {
  const zooms = new Map() // chart and its revision → ranges of its axes, kept while the step changes
  const keyOf = chart => {
    const named = chart.closest('[class*="st-key-"]')
    return `${location.pathname} ${named?.className} ${chart.layout?.uirevision}`
  }
  const axesOf = chart => Object.keys(chart._fullLayout).filter(name => /^xaxis\d*$/.test(name))
  const titleOf = (chart, name) => { // of an axis, or of another one of the chart that is of its type
    const { [name]: axis, _dfltTitle: none } = chart._fullLayout
    const texts = axesOf(chart).map(other => chart._fullLayout[other])
      .filter(other => other.type === axis.type && other.title?.text && other.title.text !== none?.x)
      .map(other => other.title.text)
    return texts.length ? `${texts[0]} ${axis.type}` : null
  }
  const others = chart => [...document.querySelectorAll(".js-plotly-plot")]
    .filter(other => other !== chart && other._fullLayout && other.dataset.together)

  // ranges by axis, null where an axis is back to its whole range
  const ranges = event => {
    const changed = {}
    for (const [name, value] of Object.entries(event)) {
      const [, axis, part] = name.match(/^([xy]axis\d*)\.(range|autorange)(\[[01]\])?$/) ?? []
      if (!axis) continue
      if (part === "autorange") changed[axis] = null
      else if (name.endsWith("[0]")) changed[axis] = [value, event[`${axis}.range[1]`]]
      else if (Array.isArray(value)) changed[axis] = value
    }
    return changed
  }
  const asUpdate = changed => Object.fromEntries(Object.entries(changed).map(
    ([axis, range]) => range ? [`${axis}.range`, range] : [`${axis}.autorange`, true]))

  let applying = false
  const apply = async (chart, changed) => {
    if (!Object.keys(changed).length) return
    applying = true
    try { await window.Plotly.relayout(chart, asUpdate(changed)) } finally { applying = false }
  }
  const keep = (chart, changed) => {
    const kept = { ...zooms.get(keyOf(chart)), ...changed }
    for (const axis in kept) if (kept[axis] === null) delete kept[axis]
    zooms.set(keyOf(chart), kept)
  }

  const zoomed = async (chart, event) => {
    if (applying) return
    const changed = ranges(event)
    keep(chart, changed)
    const name = Object.keys(changed).find(axis => axis.startsWith("x"))
    const title = name && titleOf(chart, name)
    if (!title) return
    for (const other of others(chart)) {
      const same = axesOf(other).filter(axis => titleOf(other, axis) === title)
      const update = Object.fromEntries(same.map(axis => [axis, changed[name]]))
      keep(other, update)
      await apply(other, update)
    }
  }

  // a thin line where the mouse is in another chart over the same axis
  const pointed = (chart, event) => {
    const point = event.points?.[0]
    const own = point?.xaxis?._name
    const title = own && titleOf(chart, own)
    for (const other of others(chart)) {
      unpointed(other)
      if (!title) continue
      for (const plot of Object.values(other._fullLayout._plots ?? {})) {
        const { xaxis, yaxis } = plot
        if (titleOf(other, xaxis._name) !== title) continue
        const at = xaxis.d2p(point.x)
        if (!(at >= 0 && at <= xaxis._length)) continue
        const line = document.createElement("div")
        line.className = "devdash-pointed"
        line.style.cssText = `position: absolute; pointer-events: none; width: 0; opacity: .65;
          border-left: 1px dashed currentColor; left: ${xaxis._offset + at}px; top: ${yaxis._offset}px;
          height: ${yaxis._length}px`
        other.append(line)
      }
    }
  }
  // where a figure says so, the line under the mouse is picked out of the others
  const highlight = (chart, number) => {
    if (!chart.layout?.meta?.highlight) return
    for (const line of chart.querySelectorAll(".scatterlayer .trace")) {
      const of = line.__data__?.[0]?.trace?.index
      line.style.opacity = number === null || of === number ? "" : "0.2"
    }
  }
  const unpointed = chart => chart.querySelectorAll(".devdash-pointed").forEach(line => line.remove())

  const join = chart => {
    chart.dataset.together = "yes"
    chart.style.position = "relative"
    chart.on("plotly_relayout", event => zoomed(chart, event))
    chart.on("plotly_hover", event => {
      pointed(chart, event)
      highlight(chart, event.points?.[0]?.curveNumber ?? null)
    })
    chart.on("plotly_unhover", () => {
      others(chart).forEach(unpointed)
      highlight(chart, null)
    })
    for (const wait of [0, 150, 400, 800]) setTimeout(() => restore(chart), wait)
  }

  // Streamlit draws a new chart more than once: what was zoomed before is set until it stays
  const restore = chart => {
    const kept = Object.entries(zooms.get(keyOf(chart)) ?? {})
    const lost = kept.filter(([axis, range]) => String(chart._fullLayout?.[axis]?.range) !== String(range))
    if (chart.isConnected) apply(chart, Object.fromEntries(lost))
  }
  let waiting = false
  new MutationObserver(() => {
    if (waiting) return
    waiting = true
    requestAnimationFrame(() => {
      waiting = false
      for (const chart of document.querySelectorAll(".js-plotly-plot:not([data-together])")) {
        if (chart._fullLayout && chart.on && window.Plotly) join(chart)
      }
    })
  }).observe(document, { childList: true, subtree: true })
})()
