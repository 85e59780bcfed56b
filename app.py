"""The dashboard: streamlit run app.py, or `devdash app` wherever the package is installed."""

from devdash.app import main

if __name__ == "__main__":
    main()
