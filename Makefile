# make demo and make test do all of their own set-up; the second time they start at once.

.PHONY: demo test test-s3 test-clouds test-parity test-scale bench-s3 bench-mount bench-tui soak soak-mount test-mount test-frameworks check format fuzz help
BIN := .venv/bin
SECONDS ?= 60
EXAMPLES ?= 50
WORKERS ?= 2
BTRFS := $(if $(filter 0,$(shell id -u)),btrfs,)
MOUNTS := $(if $(filter 0,$(shell id -u)),,fuse)

help:
	@echo 'make demo      train real models, log them, mount the store, copy one out of production/'
	@echo 'make test      all checks and tests'
	@echo 'make test-s3   the tests of buckets on a real server as well: a radosgw, started for them'
	@echo 'make test-clouds  the tests of Google and Azure, with an emulator of Azure (from npm)'
	@echo 'make test-parity  the same script with the real wandb (from PyPI, offline) and with mvfs, compared'
	@echo 'make test-scale  mounts of a million files, a million versions, a file of 100 GiB; 15 minutes'
	@echo 'make bench-s3  how fast versions come out of a bucket, beside rclone, s5cmd, aws, obstore, s3fs'
	@echo 'make bench-mount  how fast the mount is read, beside ext4, bindfs, rclone, ratarmount and mfusepy'
	@echo 'make bench-tui  how soon the terminal UI is there and what its keys cost, beside tig and wandb leet'
	@echo 'make soak      many processes that are killed while they work on one store; minutes'
	@echo 'make soak-mount  readers compare every byte of a mount while its store changes, for SECONDS=60 each way'
	@echo 'make test-mount  the tests of the mount, and what is too large for make test: fio, PyTorch'
	@echo 'make test-frameworks  training loops of Lightning, transformers, Keras; pandas, pyarrow and others on mvfs://'
	@echo 'make check     only the fast checks: format, lint, types, layers, file sizes'
	@echo 'make format    put the code into the house format'
	@echo 'make fuzz      fuzz what reads stored objects, for SECONDS=60, and try EXAMPLES=50 new examples of every property'

demo:
	@scripts/setup demo $(MOUNTS)
	@$(BIN)/python -m mvfs.demo

test:
	@scripts/setup dev,demo fuse rsync $(BTRFS) ministack
	@$(MAKE) --no-print-directory check
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile $(PYTEST)

test-clouds:
	@scripts/setup dev,demo fuse azurite
	MVFS_TEST_AZURITE=1 $(BIN)/python -m pytest tests/clouds $(PYTEST)

test-parity:
	@scripts/setup dev parity
	.venv-parity/bin/python -m pytest tests/parity/compare.py $(PYTEST)

test-scale:
	@scripts/setup dev,demo fuse
	$(BIN)/python -m pytest -o timeout=900 tests/mount/scale.py $(PYTEST)

test-s3:
	@scripts/setup dev,demo fuse ministack radosgw
	$(BIN)/python scripts/radosgw.py run $(BIN)/python -m pytest tests/s3 $(PYTEST)

bench-s3:
	@scripts/setup dev,demo fuse radosgw peers
	PYTHONPATH=. $(BIN)/python benchmarks/object_get.py $(BENCH)

bench-mount:
	@scripts/setup dev,demo fuse peers
	PYTHONPATH=. $(BIN)/python benchmarks/mount_read.py $(BENCH)

bench-tui:
	@scripts/setup dev tig parity
	PYTHONPATH=. $(BIN)/python benchmarks/ui.py $(BENCH)

soak:
	@scripts/setup dev
	PYTHONPATH=. $(BIN)/python -m tests.soak.soak $(SOAK)

soak-mount:
	@scripts/setup dev fuse
	PYTHONPATH=. $(BIN)/python -m tests.soak.mount --seconds $(SECONDS) $(SOAK)

test-mount:
	@scripts/setup dev,demo fuse fio rsync torch
	MVFS_TEST_LONG=1 $(BIN)/python -m pytest tests/mount $(PYTEST)

test-frameworks:
	@scripts/setup dev frameworks
	MVFS_TEST_FRAMEWORKS=1 .venv-frameworks/bin/python -m pytest tests/frameworks $(PYTEST)

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
	MVFS_TEST_EXAMPLES=$(EXAMPLES) $(BIN)/python -m pytest -o timeout=7200 -n $(WORKERS) -m hypothesis tests
