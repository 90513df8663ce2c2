# make demo and make test do all of their own set-up; the second time they start at once.

.PHONY: demo test soak check format fuzz help
BIN := .venv/bin
SECONDS ?= 60
BTRFS := $(if $(filter 0,$(shell id -u)),btrfs,)
MOUNTS := $(if $(filter 0,$(shell id -u)),,fuse)

help:
	@echo 'make demo    train real models, log them, mount the store, copy one out of production/'
	@echo 'make test    all checks and tests'
	@echo 'make soak    many processes that are killed while they work on one store; minutes'
	@echo 'make check   only the fast checks: format, lint, types, layers, file sizes'
	@echo 'make format  put the code into the house format'
	@echo 'make fuzz    fuzz what reads stored objects, for SECONDS=60'

demo:
	@scripts/setup demo $(MOUNTS)
	@$(BIN)/python -m mvfs.demo

test:
	@scripts/setup dev,demo fuse $(BTRFS) ministack azurite
	@$(MAKE) --no-print-directory check
	$(BIN)/python -m pytest $(PYTEST)

soak:
	@scripts/setup dev
	PYTHONPATH=. $(BIN)/python -m tests.soak.soak $(SOAK)

check:
	@scripts/setup dev,demo
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python scripts/file_sizes.py

format:
	@scripts/setup dev,demo
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

fuzz:
	@scripts/setup dev
	@$(BIN)/python -c 'import atheris' 2>/dev/null || $(BIN)/pip install --quiet atheris
	PYTHONPATH=. $(BIN)/python tests/format/fuzz_atheris.py -max_total_time=$(SECONDS) -print_final_stats=1 -artifact_prefix=/tmp/
