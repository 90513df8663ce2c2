"""A few seconds of the soak (``make soak-mount`` is all of it): no wrong byte while the store changes."""

from __future__ import annotations

import pytest

from tests.mount.conftest import Kind, kinds
from tests.soak import mount


@pytest.mark.needs_root
@pytest.mark.parametrize("way", [kind for kind in kinds() if not kind.options], ids=lambda kind: kind.name)
def test_readers_see_no_wrong_byte_while_the_store_changes(way: Kind) -> None:
    figures = mount.run(way, seconds=2.5, readers=4, seed=3)
    assert int(str(figures["MiB compared"])) > 10
