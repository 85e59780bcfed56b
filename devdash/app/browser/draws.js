// Each chart is drawn once, when its width is known.
//
// Streamlit has Plotly draw a new chart twice: hidden, before it knows how wide it will be, and then as it is
// seen. As every step of the cursor makes new charts, the hidden drawing would be half of what a step costs:
// there the frame alone is drawn, and the chart keeps its figure for the second one.
(() => {
  const sparing = plotly => {
    const draw = plotly.react
    plotly.react = async (chart, figure, ...rest) => {
      const unseen = !chart._fullLayout && chart.style?.visibility === "hidden" && figure?.data
      if (!unseen) return draw.call(plotly, chart, figure, ...rest)
      const { data, layout } = figure
      await draw.call(plotly, chart, { ...figure, data: [], layout: { height: layout?.height } }, ...rest)
      return Object.assign(chart, { data, layout })
    }
    return plotly
  }
  let plotly
  Object.defineProperty(window, "Plotly", {
    configurable: true,
    get: () => plotly,
    set: value => { plotly = sparing(value) },
  })
})()
