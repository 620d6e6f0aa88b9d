# Two commands are enough: `make lab` to read and run, `make test` to check everything.
# Long targets are resumable: interrupt them with Ctrl-C and call them again.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/installed
NOTEBOOKS := $(sort $(wildcard notebooks/*.ipynb))
export MPLBACKEND := agg
# One JAX device for every core, to compare with one device whose products use all cores.
CORES := $(shell getconf _NPROCESSORS_ONLN)
ALL_CORES := --xla_force_host_platform_device_count=$(CORES)

.DEFAULT_GOAL := help
.PHONY: help env lab check test notebooks test-notebooks test-elsewhere test-browser test-colab stamp bench data table puzzle reproduce goals gin downstream predictors larger coordinates porting-kit search found brec same-skeleton nearness cost scoreboard replay-data editor-data editor stepper epsilon-data site figure lock clean

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "wl2nas needs Python 3.11 or newer, and '$(PYTHON)' is `$(PYTHON) --version`. Try: make lab PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || \
	  { echo "This Python has no venv module. On Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	@echo "Making $(VENV) from requirements.lock (about two minutes, once)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $(STAMP)

env: $(STAMP)  ## make .venv from the lock (lab and test do this by themselves)

lab: $(STAMP)  ## open JupyterLab on the first notebook
	$(BIN)/jupyter lab $(if $(filter 0,$(shell id -u)),--allow-root) notebooks/00_start_here.ipynb

check: $(STAMP)  ## lint, types and unit tests: two minutes, for every commit
	$(BIN)/ruff check lib tests
	$(BIN)/ruff format --check lib tests
	$(BIN)/mypy lib/wl2nas
	$(BIN)/pytest tests/unit -n 2 --dist loadfile -q -m "not slow"

test: $(STAMP)  ## everything, and all that fails: lint, types, unit tests, browser, notebooks
	$(BIN)/python tests/run_all.py

test-notebooks: $(STAMP)  ## compare the outputs of every notebook (strict nbval)
	$(BIN)/python tests/run_all.py notebooks

test-elsewhere: $(STAMP)  ## unit tests and notebooks as a machine with other instructions has them
	$(BIN)/python tests/run_all.py --elsewhere unit notebooks

test-browser: $(STAMP)  ## use the explorers in a real browser (needs Debian's chromium)
	$(BIN)/pytest tests/browser -rs

test-colab: $(STAMP)  ## set-up cell, unit tests and notebooks with Colab's package versions (half an hour; makes build/colab)
	$(BIN)/python tests/colab_lane.py $(if $(VERSIONS),--versions $(VERSIONS))

stamp: $(STAMP)  ## write where the course is published into notebooks and README: make stamp REPO=owner/name REF=tag
	$(BIN)/python -m experiments.stamp $(if $(REPO),--repository=$(REPO)) $(if $(REF),--ref=$(REF))

notebooks: $(STAMP)  ## execute every notebook and save it with its outputs
	$(BIN)/python -m experiments.execute_notebooks $(NOTEBOOKS)

data: $(STAMP)  ## rebuild the compact file of all 423,624 cells from the definition
	$(BIN)/python -m experiments.cells_file

table: $(STAMP)  ## train the measured accuracy table (hours; resumable)
	$(BIN)/python -m experiments.table

puzzle: $(STAMP)  ## train the two cells of the opening puzzle, ten seeds each (a minute)
	$(BIN)/python -m experiments.puzzle

reproduce: $(STAMP)  ## train and measure every row of the tables (hours; resumable)
	$(BIN)/python -m experiments.reproduce

goals: $(STAMP)  ## print the tables of the reproduction from data/results (a second)
	$(BIN)/python -m experiments.goals

gin: $(STAMP)  ## classes that random graph networks induce on the whole space (minutes)
	$(BIN)/python -m experiments.gin

downstream: $(STAMP)  ## accuracy and edit distance from every representation (minutes; downloads 1.8 MB once)
	$(BIN)/python -m experiments.downstream

predictors: $(STAMP)  ## choose what predicts accuracies, then tell how well (half an hour; resumable; downloads 1.8 MB once)
	$(BIN)/python -m experiments.predictors

larger: $(STAMP)  ## do predictors that learned from small cells order larger ones? (seconds; training the larger ones anew most of an hour, resumable)
	$(BIN)/python -m experiments.table --vertices 6 7 --seeds 2 --dags 8 --labellings 8 --output data/measured_larger.csv
	$(BIN)/python -m experiments.larger

nearness: $(STAMP)  ## are cells alike that are near in a latent space? (minutes; downloads 1.8 MB once)
	$(BIN)/python -m experiments.nearness

coordinates: $(STAMP)  ## t-SNE of a sample of cells, for the maps of notebook 08 (three minutes)
	$(BIN)/python -m experiments.coordinates

porting-kit: $(STAMP)  ## make the tensors that a port is checked against (seconds)
	$(BIN)/python -m experiments.porting_kit

GROUND ?= measured A B cifar10 cifar100 imagenet16-120
search: $(STAMP)  ## every method and representation on every table (hours; resumable; says its cost first; downloads 5 MB once)
	$(BIN)/python -m experiments.search $(GROUND)

replay-data: $(STAMP)  ## make the runs that the search replay shows (minutes)
	$(BIN)/python -m experiments.replay_data

found: $(STAMP)  ## print what make search found, from data/results (seconds)
	$(BIN)/python -m experiments.search $(GROUND) --print

brec: $(STAMP)  ## 1-WL and 2-FWL on the 400 graph pairs of BREC (a minute; needs its file)
	$(BIN)/python -m experiments.brec

same-skeleton: $(STAMP)  ## accuracies of cells with one skeleton beside its nulls (a minute; downloads 1.8 MB once)
	$(BIN)/python -m experiments.same_skeleton

cost: $(STAMP)  ## what colour refinement and exact isomorphism search cost (minutes, on an idle machine)
	$(BIN)/python -m experiments.cost

scoreboard: $(STAMP)  ## measure and join data/results into the scoreboard
	$(BIN)/python -m experiments.scoreboard

stepper: $(STAMP)  ## serve the stepper as a plain page, without a kernel, until Ctrl-C
	@echo "Open http://127.0.0.1:8765/stepper.html"
	$(BIN)/python -m http.server --bind 127.0.0.1 --directory lib/wl2nas/explore/static 8765

editor-data: $(STAMP)  ## write build/editor.bin, the models that the page of the cell editor loads (seconds)
	$(BIN)/python -m experiments.editor_data

editor: editor-data  ## serve the cell editor as a plain page, without a kernel, until Ctrl-C
	@mkdir -p build/editor && cp lib/wl2nas/explore/static/* build/editor.bin build/editor
	@echo "Open http://127.0.0.1:8766/editor.html"
	$(BIN)/python -m http.server --bind 127.0.0.1 --directory build/editor 8766

epsilon-data: $(STAMP)  ## count what every epsilon tells apart, for the page of that explorer (two minutes)
	$(BIN)/python -m experiments.epsilon_data

site: $(STAMP)  ## build the course as static pages, in build/site (a minute)
	$(BIN)/python -m experiments.site

figure: $(STAMP)  ## draw the picture of the README
	MATPLOTLIBRC=notebooks $(BIN)/python -m experiments.readme_figure

bench: $(STAMP)  ## speed, as ratios against named baselines in the same run (8 minutes)
	XLA_FLAGS="$(ALL_CORES)" $(BIN)/python -m experiments.bench

lock:  ## resolve pyproject.toml into requirements.lock (needs uv)
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header \
	  --extra lab --extra site --extra table --extra test pyproject.toml -o requirements.lock

clean:  ## remove the environment and everything that was built
	rm -rf $(VENV) build lib/*.egg-info
