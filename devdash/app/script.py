"""What `devdash app` has Streamlit run: beside it lie the settings of the server and the theme."""

from devdash.app import main

main()
