"""The look of all pages beside Streamlit's theme: sizes of headings, words readable in both themes."""

CSS = """<style>
[data-testid="stMain"] h2 { font-size: 1.2rem; font-weight: 600; padding: 0.4rem 0 0.2rem; }
[data-testid="stMain"] h1 { font-size: 2.1rem; padding-bottom: 0.4rem; }
[data-testid="stCaptionContainer"] { color: inherit; opacity: 0.78; }
.stMultiSelect [data-tag] { background: light-dark(#d7e6f3, #24506e); }
.stMultiSelect [data-tag] * { color: light-dark(#12395a, #f2f5f8); }
@media (max-width: 1100px) { /* charts side by side would be too narrow for their words */
  [data-testid="stHorizontalBlock"]:has(> .stColumn .js-plotly-plot) { flex-wrap: wrap; }
  [data-testid="stHorizontalBlock"]:has(> .stColumn .js-plotly-plot) > .stColumn { min-width: 100%; }
  /* rows of controls: each as wide as its words, in more rows where there is no room */
  [data-testid="stHorizontalBlock"]:has(> .stColumn :is(.stSelectbox, .stButtonGroup)) { flex-wrap: wrap; }
  [data-testid="stHorizontalBlock"] > .stColumn:has(.stSelectbox) { min-width: min(100%, 11rem); }
  [data-testid="stHorizontalBlock"] > .stColumn:has(.stCheckbox) { min-width: min(100%, 17rem); }
  [data-testid="stHorizontalBlock"] > .stColumn:has(.stButtonGroup) { min-width: 100%; }
  .stButtonGroup > div { flex-wrap: wrap; overflow: visible; mask: none; }
}
</style>"""
