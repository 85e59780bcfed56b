"""What `devdash app` has Streamlit serve; beside it lie the settings of the server and the theme."""

import streamlit as st

from devdash.app import SCRIPT
from devdash.app.policy import MIDDLEWARE

app = st.App(SCRIPT, middleware=MIDDLEWARE)
