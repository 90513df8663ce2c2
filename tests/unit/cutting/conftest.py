"""One good file of each format, small enough to be mutated thousands of times."""

from __future__ import annotations

import pytest

from tests.unit.cutting import modelfiles


@pytest.fixture(scope="session")
def good_files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    small = modelfiles.arrays((3, 50, 7))
    return {
        "safetensors": modelfiles.safetensors_file(small, {"format": "pt"}),
        "npz": modelfiles.npz_file(small),
        "torch": modelfiles.torch_file(small),
        "gguf": modelfiles.gguf_file(tmp_path_factory.mktemp("gguf") / "small.gguf", small),
    }
