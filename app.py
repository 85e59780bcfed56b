"""The dashboard: streamlit run app.py, or `devdash app` wherever the package is installed."""

import streamlit as st

from devdash.app import SCRIPT, main
from devdash.app.policy import MIDDLEWARE

app = st.App(SCRIPT, middleware=MIDDLEWARE)  # what `streamlit run` serves

if __name__ == "__main__":
    main()
