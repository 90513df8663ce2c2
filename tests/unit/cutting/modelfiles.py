"""Model files as the real libraries write them, each with the bytes of its tensors."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import gguf
import numpy as np
import safetensors.numpy

from mvfs.store.cutting.recognition import tensors_of
from mvfs.store.cutting.tensors import Read, Tensor

Arrays = dict[str, np.ndarray]


def reading(data: bytes) -> Read:
    """A reader that refuses offsets and lengths no parser should ask for."""

    def read(offset: int, length: int) -> bytes:
        assert 0 <= offset <= len(data)
        assert 0 <= length <= 100_000_000
        return data[offset : offset + length]

    return read


def found_in(data: bytes) -> list[Tensor]:
    return tensors_of(reading(data), len(data))


def arrays(sizes: tuple[int, ...] = (3, 100_000, 7, 40_000)) -> Arrays:
    random = np.random.default_rng(7)
    return {
        f"layer.{index}.weight": random.standard_normal((size, 2)).astype(np.float32)
        for index, size in enumerate(sizes)
    }


def safetensors_file(of: Arrays, metadata: dict[str, str] | None = None) -> bytes:
    return safetensors.numpy.save(of, metadata)


def npz_file(of: Arrays) -> bytes:
    file = io.BytesIO()
    np.savez(file, **of)
    return file.getvalue()


def torch_file(of: Arrays, stem: str = "model", alignment: int = 64) -> bytes:
    """What ``torch.save`` writes: stored entries, padded by an extra field so that data is aligned."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        storages = {f"data/{index}": array.tobytes() for index, array in enumerate(of.values())}
        parts = {"data.pkl": b"\x80\2}q\0.", "byteorder": b"little", **storages, "version": b"3\n"}
        for name, data in parts.items():
            info = zipfile.ZipInfo(f"{stem}/{name}")
            used = file.tell() + 30 + len(info.filename.encode()) + 4
            padding = -used % alignment
            info.extra = struct.pack("<2sH", b"FB", padding) + b"Z" * padding
            archive.writestr(info, data)
    return file.getvalue()


def gguf_file(path: Path, of: Arrays, fill: Callable[[gguf.GGUFWriter], None] | None = None) -> bytes:
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_token_list(["<s>", "</s>", "ein", "längeres", "Wort"])
    writer.add_array("test.numbers", [1, 2, 3])
    writer.add_bool("test.flag", True)
    writer.add_float64("test.wide", 1.5)
    for name, array in of.items():
        writer.add_tensor(name, array)
    if fill is not None:
        fill(writer)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path.read_bytes()
