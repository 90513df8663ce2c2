"""Leaves: they fill the file, restart at tensors, and do not care what is before a tensor."""

from __future__ import annotations

from itertools import accumulate, pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from mvfs.store.cutting.leaves import SMALL, leaf_lengths
from mvfs.store.cutting.tensors import Tensor
from mvfs.store.leaves import LEAF
from tests.unit.cutting.modelfiles import arrays, found_in, npz_file, safetensors_file, torch_file

lengths_of_tensors = st.one_of(
    st.integers(0, 4 * LEAF), st.sampled_from([0, 1, SMALL - 1, SMALL, LEAF - 1, LEAF, LEAF + 1, 3 * LEAF])
)
layouts = st.lists(st.tuples(st.integers(0, 2 * SMALL), lengths_of_tensors), max_size=12)


def laid_out(layout: list[tuple[int, int]], start: int = 0) -> tuple[list[Tensor], int]:
    """Tensors from (gap before, length), and where the last one ends."""
    tensors = []
    for gap, length in layout:
        start += gap
        tensors.append(Tensor(str(len(tensors)), "U8", (length,), start, length))
        start += length
    return tensors, start


def bounds(size: int, tensors: list[Tensor]) -> list[int]:
    return [0, *accumulate(leaf_lengths(size, tensors))]


def test_without_tensors_there_is_a_plain_grid() -> None:
    assert list(leaf_lengths(0, [])) == []
    assert list(leaf_lengths(1, [])) == [1]
    assert list(leaf_lengths(LEAF, [])) == [LEAF]
    assert list(leaf_lengths(2 * LEAF + 5, [])) == [LEAF, LEAF, 5]


def test_leaves_restart_at_large_tensors_and_run_through_small_ones() -> None:
    tensors, end = laid_out([(100, LEAF + 7), (0, SMALL - 1), (9, SMALL - 1), (0, SMALL)])
    assert list(leaf_lengths(end + 3, tensors)) == [100, LEAF, 7, 2 * SMALL + 7, SMALL, 3]


@settings(max_examples=200, deadline=None)
@given(layout=layouts, tail=st.integers(0, 2 * LEAF))
def test_leaves_fill_the_file(layout: list[tuple[int, int]], tail: int) -> None:
    tensors, end = laid_out(layout)
    lengths = leaf_lengths(end + tail, tensors)
    assert lengths.typecode == "I"
    assert sum(lengths) == end + tail
    assert all(1 <= length <= LEAF for length in lengths)


@settings(max_examples=200, deadline=None)
@given(layout=layouts, shift=st.integers(0, 3 * LEAF))
def test_a_shift_does_not_change_the_leaves_of_a_large_tensor(
    layout: list[tuple[int, int]], shift: int
) -> None:
    tensors, end = laid_out(layout)
    moved, moved_end = laid_out(layout, shift)
    before, after = bounds(end, tensors), bounds(moved_end, moved)
    for tensor, other in zip(tensors, moved, strict=True):
        if tensor.length >= SMALL:
            inside = [at - tensor.offset for at in before if 0 <= at - tensor.offset <= tensor.length]
            assert inside == [at - other.offset for at in after if 0 <= at - other.offset <= other.length]
            assert inside[0] == 0
            assert inside[-1] == tensor.length


def leaves(data: bytes) -> set[bytes]:
    tensors = found_in(data)
    assert tensors
    at = bounds(len(data), tensors)
    return {data[begin:end] for begin, end in pairwise(at)}


def test_a_renamed_checkpoint_shares_all_its_large_tensors() -> None:
    written = arrays((400_000, 3, 90_000))
    large = {array.tobytes()[:LEAF] for array in written.values() if array.nbytes >= SMALL}
    assert large <= leaves(torch_file(written, "a")) & leaves(torch_file(written, "epoch=1-step=3"))


def test_another_header_and_another_format_share_the_tensors_too() -> None:
    written = arrays((400_000, 3, 90_000))
    plain = leaves(safetensors_file(written))
    assert len(plain & leaves(safetensors_file(written, {"note": "x" * 1000}))) == len(plain) - 1
    assert {array.tobytes()[:LEAF] for array in written.values() if array.nbytes >= SMALL} <= (
        plain & leaves(npz_file(written)) & leaves(torch_file(written))
    )


def test_tensors_that_are_not_in_the_file_are_left_out() -> None:
    odd = [Tensor("a", "", (), -SMALL, SMALL), Tensor("b", "", (), 50, 10 * SMALL)]
    assert list(leaf_lengths(100, odd)) == [50, 50]
