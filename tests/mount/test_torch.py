"""PyTorch maps models out of the mount; for ``make test-mount``, since it is too large for ``make test``."""

from __future__ import annotations

import io

from tests.mount.conftest import Kind
from tests.mount.worlds import World


def test_models_are_loaded_mapped_and_copied(world: World, kind: Kind) -> None:
    import torch
    from safetensors.torch import load_file, save

    torch.manual_seed(1)
    torch.set_num_threads(1)  # its threads would not be there after a fork
    state = {"weight": torch.randn(1000, 700), "bias": torch.randn(1000, dtype=torch.float16)}
    saved = io.BytesIO()
    torch.save(state, saved)
    world.log({"model.pt": saved.getvalue(), "model.safetensors": save(state)}, aliases=("production",))
    world.mount(*kind.options)
    at = world.mountpoint / "vision/model/iv3/production"

    def compare() -> list[bool]:
        loaded = [
            torch.load(at / "model.pt", mmap=True, weights_only=True),
            torch.load(at / "model.pt", weights_only=True),
            load_file(at / "model.safetensors"),
        ]
        same = [all(torch.equal(one[name], state[name]) for name in state) for one in loaded]
        loaded[0]["weight"][0] = 0  # a private copy of the page
        return [*same, torch.equal(torch.load(at / "model.pt", mmap=True)["weight"], state["weight"])]

    assert world.run(compare) == [True] * 4
