// One entry of the browser's history for each state that a reader brought about.
//
// Streamlit pushes an entry whenever the script says what the address is to be: also where a page that has
// just been opened names its defaults, and for each frame while the cursor plays. Then Back would lead to the
// same picture again. An entry is pushed for a new page, and for what a key or a click has changed; whatever
// else the script says of the address completes the present entry.
(() => {
  const push = history.pushState.bind(history)
  let acted = false
  for (const kind of ["pointerdown", "keydown", "change"]) {
    addEventListener(kind, event => { if (event.isTrusted) acted = true }, true)
  }
  addEventListener("popstate", () => { acted = false }, true)
  history.pushState = (state, title, url) => {
    const samePage = new URL(url, location.href).pathname === location.pathname
    if (samePage && !acted) history.replaceState(state, title, url)
    else push(state, title, url)
    acted = false
  }

  // The button "Copy link": the address says all that is shown.
  addEventListener("click", event => {
    if (!event.target.closest?.(".st-key-copy-link")) return
    const copied = navigator.clipboard?.writeText(location.href) ?? Promise.reject()
    copied.catch(() => {
      const field = document.createElement("textarea")
      field.value = location.href
      document.body.append(field)
      field.select()
      document.execCommand("copy")
      field.remove()
    })
  }, true)
})()
