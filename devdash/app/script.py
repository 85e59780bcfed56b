"""The page as Streamlit runs it, for every session and after every change."""

from devdash.app import main

main()
