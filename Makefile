# Each target does its own set-up, prints what it does, and costs nothing the second time.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: run test lint bench gallery lock clean

run: .venv/.runtime
	$(BIN)/vigie run

test: .venv/.dev .venv/.browser
	$(BIN)/python -m pytest -n 2 --dist worksteal

lint: .venv/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: .venv/.dev
	$(BIN)/python -m tests.bench

gallery: .venv/.dev .venv/.browser
	$(BIN)/python -m tests.gallery gallery

lock:  ## resolve the versions anew (needs uv)
	uv pip compile --universal --generate-hashes --no-emit-index-url --quiet --group build pyproject.toml -o requirements.lock
	uv pip compile --universal --generate-hashes --no-emit-index-url --quiet --group dev -c requirements.lock pyproject.toml -o requirements-dev.lock

clean:
	rm -rf .venv

.venv/.made:
	@echo "Making the environment .venv"
	$(PYTHON) -m venv .venv
	@touch $@

.venv/.runtime: requirements.lock pyproject.toml | .venv/.made
	@echo "Installing the locked versions (requirements.lock)"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

.venv/.dev: requirements-dev.lock pyproject.toml | .venv/.made
	@echo "Installing the locked versions for development (requirements-dev.lock)"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@ .venv/.runtime

.venv/.browser: | .venv/.dev
	@$(BIN)/python tests/browser/install.py
	@touch $@
