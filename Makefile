# Needs python3 3.11 or newer, g++, make and perl. All else is installed into .venv, once.

PYTHON ?= python3
JOBS ?= 2
NETWORKS ?= 200

RUN := .venv/bin/python
PIP := $(RUN) -m pip install -q --disable-pip-version-check
# Made when everything is installed; out of date when pyproject.toml changes.
DEMO := .venv/.installed-demo
DEV := .venv/.installed-dev
BENCH := .venv/.installed-bench

.PHONY: help setup face test schema waves lint docs bench boards devices mutate soak clean tools
.DEFAULT_GOAL := help

help: ## list the targets
	@sed -n 's/^\([a-z]*\):[^#]*## /  make \1	/p' Makefile

setup: tools $(DEV) ## install into .venv all that the other targets need

face: tools $(DEMO) ## build and verify models/face.json, and find a face in a picture
	$(RUN) -m hwgen build models/face.json
	$(RUN) -m hwgen verify rtl_out/face --frames 4
	$(RUN) -m models.find_face

test: tools $(DEV) ## run the tests on JOBS (2) cores; ARGS goes to pytest
	$(RUN) -m pytest -n $(JOBS) --dist worksteal $(ARGS)

schema: $(DEV) ## write the published schema from what the layer kinds say
	$(RUN) -m hwgen.model.write_schema

waves: $(DEV) ## draw the timing diagrams of docs/integrate.md from their sources
	for wave in docs/waves/*.json; do \
	  .venv/bin/wavedrompy -i $$wave -s $${wave%.json}.svg || exit 1; done

lint: $(DEV) ## check style, format and types
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(RUN) -m pyright

docs: $(DEV) ## make the site of the documents in build/site, strictly
	$(RUN) -m mkdocs build --strict --quiet

bench: tools $(DEV) $(BENCH) ## measure what the project promises
	$(RUN) -m benchmarks.run

boards: tools $(DEV) ## place, route and pack a design for every bundled board
	$(RUN) -m benchmarks.boards

devices: tools $(DEV) ## place and route the rows of README's table that have no figures
	$(RUN) -m benchmarks.devices --missing

mutate: tools $(DEV) ## count the faults of small designs that verification finds
	$(RUN) -m benchmarks.mutate $(ARGS)
	$(RUN) -m benchmarks.mutate --only "-port SRST -mode const0" $(ARGS)

soak: tools $(DEV) ## random networks in RTL, NETWORKS (200) a simulator; hostile inputs
	HWGEN_NETWORKS=$(NETWORKS) HWGEN_LOWERED_NETWORKS=20000 HWGEN_SIZED_NETWORKS=20 \
	  HWGEN_HOSTILE=5000 HWGEN_WALKS=100 HWGEN_SDRAM_CYCLES=1000000 HWGEN_OUTSIDE_NETWORKS=100 \
	  HWGEN_PLANTED_NETWORKS=1000 \
	  $(RUN) -m pytest -n $(JOBS) --dist worksteal $(ARGS) \
	  tests/test_random_networks.py tests/test_outside_networks.py \
	  tests/test_random_lowering.py tests/sim/test_sizing.py tests/hwgen/compress/test_exact.py \
	  tests/sim/benches/test_face.py tests/test_hostile_inputs.py tests/test_ready_paths.py \
	  tests/hwgen/rtl/test_sdram.py tests/hwgen/rtl/test_sdram_commands.py
	HWGEN_COMPILED_BENCHES=7 $(RUN) -m pytest -n $(JOBS) $(ARGS) \
	  tests/hwgen/integration/test_bench.py
	HWGEN_FLASH_CYCLES=1000000 $(RUN) -m pytest -n $(JOBS) --dist worksteal $(ARGS) \
	  tests/hwgen/rtl/test_flash_stream.py
	for simulator in $(if $(shell command -v iverilog 2>/dev/null),icarus icarus-2005) cxxrtl; do \
	  HWGEN_SIMULATOR=$$simulator HWGEN_NETWORKS=$(NETWORKS) \
	    $(RUN) -m pytest -n $(JOBS) --dist worksteal $(ARGS) tests/test_random_networks.py || exit 1; done

clean: ## remove builds, pictures and caches; .venv and training runs stay
	find rtl_out -mindepth 1 ! -name .gitkeep -delete
	if [ -d build ]; then \
	  find build -mindepth 1 -maxdepth 1 ! -name train_face -exec rm -rf {} +; fi
	find . -path ./.venv -prune -o -name __pycache__ -prune -exec rm -rf {} +
	rm -rf .pytest_cache .ruff_cache .hypothesis *.egg-info

# The shell behind "2>/dev/null" is what knows `command`.
missing = $(strip $(foreach t,g++ perl,$(if $(shell command -v $t 2>/dev/null),,$t)))
tools:
	$(if $(missing),$(error hwgen needs $(missing), not found on the PATH))@:

old := import sys; v = sys.version_info; v < (3, 11) and print("%d.%d" % v[:2])
python_is = $(shell $(PYTHON) -c '$(old)' 2>/dev/null || echo missing or far older)
venv_lacks = $(shell $(PYTHON) -c 'import ensurepip, venv' >/dev/null 2>&1 || echo yes)
define install
$(if $(python_is),$(error hwgen needs python3 3.11 or newer, but $(PYTHON) is $(python_is)))
$(if $(venv_lacks),$(error hwgen needs the venv module of $(PYTHON), which some systems \
package apart: apt install python3-venv))
@echo "installing hwgen and what it needs into .venv; this takes a minute or two"
@$(PYTHON) -m venv .venv
@$(PIP) -e '.[$(1)]'
endef

$(DEMO): pyproject.toml
	$(call install,demo)
	@touch $@

$(BENCH): pyproject.toml
	$(call install,bench)
	@touch $@

# What is needed for developing includes what is needed for `make face`.
$(DEV): pyproject.toml
	$(call install,dev)
	@touch $@ $(DEMO)
