"""How much of a series of checkpoints is stored, against storing every file whole.

    python benchmarks/dedup.py [--layers N] [--dir DIR]

The model has the shape of GPT-2 small with a vocabulary of 32,000 and a classifier as its head; random
float32 weights stand for trained ones, since no byte of a trained tensor stays what it was either. Each
series is logged version by version; every file is then read back through the verified reader and compared.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from table import print_table

os.environ.setdefault("MVFS_CACHE_DIR", tempfile.mkdtemp(prefix="mvfs-bench-cache-"))
os.environ.setdefault("MVFS_STATE_DIR", os.environ["MVFS_CACHE_DIR"])
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from mvfs.catalog.catalog import open_catalog
from mvfs.catalog.project import Project
from mvfs.catalog.recording import Draft, log
from mvfs.settings import StoreLocation
from mvfs.store.sources import scan

Weights = dict[str, np.ndarray]
WIDTH, VOCABULARY, CLASSES = 768, 32_000, 1_000


def model(layers: int, seed: int = 0) -> Weights:
    """Random weights of a GPT with ``layers`` blocks."""
    rng = np.random.default_rng(seed)

    def tensor(*shape: int) -> np.ndarray:
        return rng.standard_normal(shape, dtype=np.float32)

    weights: Weights = {"wte": tensor(VOCABULARY, WIDTH), "wpe": tensor(1024, WIDTH)}
    for layer in range(layers):
        name = f"h.{layer}."
        weights[name + "ln_1.weight"], weights[name + "ln_1.bias"] = tensor(WIDTH), tensor(WIDTH)
        weights[name + "attn.qkv"], weights[name + "attn.out"] = (
            tensor(WIDTH, 3 * WIDTH),
            tensor(WIDTH, WIDTH),
        )
        weights[name + "ln_2.weight"], weights[name + "ln_2.bias"] = tensor(WIDTH), tensor(WIDTH)
        weights[name + "mlp.up"], weights[name + "mlp.down"] = (
            tensor(WIDTH, 4 * WIDTH),
            tensor(4 * WIDTH, WIDTH),
        )
    weights["head"] = tensor(WIDTH, CLASSES)
    return weights


def write_safetensors(path: Path, weights: Weights, metadata: dict[str, str] | None = None) -> None:
    """Write the format of the ``safetensors`` library, tensors in the order given."""
    header: dict[str, object] = {"__metadata__": metadata} if metadata else {}
    at = 0
    for name, values in weights.items():
        header[name] = {"dtype": "F32", "shape": values.shape, "data_offsets": [at, at + values.nbytes]}
        at += values.nbytes
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for values in weights.values():
            file.write(values.tobytes())


def write_torch(path: Path, weights: Weights) -> None:
    """Write a zip as ``torch.save`` does: stored entries below the file's stem, data aligned to 64 bytes."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:

        def write(name: str, data: bytes) -> None:
            info = zipfile.ZipInfo(f"{path.stem}/{name}")
            begin = archive.fp.tell() + 30 + len(info.filename) + 4  # type: ignore[union-attr]
            padding = -begin % 64
            info.extra = b"FB" + padding.to_bytes(2, "little") + b"Z" * padding
            archive.writestr(info, data)

        write("data.pkl", repr({name: values.shape for name, values in weights.items()}).encode())
        write("byteorder", b"little")
        for number, values in enumerate(weights.values()):
            write(f"data/{number}", values.tobytes())
        write("version", b"3\n")


def frozen(layers: int) -> Iterator[Weights]:
    """Four versions that differ in the head."""
    weights = model(layers)
    for step in range(4):
        yield weights | {
            "head": np.random.default_rng(100 + step).standard_normal((WIDTH, CLASSES), np.float32)
        }


def series_frozen(folder: Path, layers: int) -> Iterator[Path]:
    for weights in frozen(layers):
        write_safetensors(folder / "model.safetensors", weights)
        yield folder / "model.safetensors"


def series_header(folder: Path, layers: int) -> Iterator[Path]:
    for step in range(2):
        write_safetensors(folder / "model.safetensors", model(layers), {"step": "9" * (1 + 1000 * step)})
        yield folder / "model.safetensors"


def series_reordered(folder: Path, layers: int) -> Iterator[Path]:
    weights = model(layers)
    write_safetensors(folder / "model.safetensors", weights)
    yield folder / "model.safetensors"
    order = np.random.default_rng(7).permutation(list(weights))
    write_safetensors(folder / "model.safetensors", {f"renamed.{name}": weights[name] for name in order})
    yield folder / "model.safetensors"


def series_torch(folder: Path, layers: int) -> Iterator[Path]:
    for step, weights in enumerate(frozen(layers)):
        path = folder / f"epoch={step}-step={10**step}.ckpt.pt"
        write_torch(path, weights)
        yield path


def series_vocabulary(folder: Path, layers: int) -> Iterator[Path]:
    weights = model(layers)
    for rows in (0, 8):
        grown = np.vstack([weights["wte"], np.full((rows, WIDTH), 0.5, np.float32)])
        write_safetensors(folder / "model.safetensors", weights | {"wte": grown})
        yield folder / "model.safetensors"


def series_finetuned(folder: Path, layers: int) -> Iterator[Path]:
    for seed in range(2):
        write_safetensors(folder / "model.safetensors", model(layers, seed))
        yield folder / "model.safetensors"


SERIES: dict[str, tuple[Callable[[Path, int], Iterator[Path]], float]] = {
    "frozen backbone + head, x4": (series_frozen, 3.8),
    "header changed, x2": (series_header, 2.0),
    "tensors reordered and renamed, x2": (series_reordered, 2.0),
    ".pt, frozen backbone, x4": (series_torch, 3.7),
    "vocabulary + 8 rows, x2": (series_vocabulary, 1.9),
    "fully fine-tuned, x2 (nothing to find)": (series_finetuned, 1.0),
}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--layers", type=int, default=12)
    parser.add_argument("--dir", help="where to work")
    args = parser.parse_args()
    rows = []
    try:
        for name, (make, bar) in SERIES.items():
            with tempfile.TemporaryDirectory(prefix="mvfs-bench-", dir=args.dir) as work:
                rows.append([name, *measure(Path(work), make, args.layers, bar)])
    finally:
        shutil.rmtree(os.environ["MVFS_CACHE_DIR"], ignore_errors=True)
    print_table(["series", "raw MB", "stored MB", "ratio", "bar", "first s", "later s"], rows)
    print("ratio: bytes of all files to bytes of all blobs and manifests; seconds: one log, durable")


def measure(work: Path, make: Callable[[Path, int], Iterator[Path]], layers: int, bar: float) -> list[str]:
    """Log one series; return its row."""
    source = work / "source"
    source.mkdir()
    project = open_catalog(StoreLocation(work / "store", None)).make_project("bench")
    raw, times = 0, []
    for path in make(source, layers):
        raw += path.stat().st_size
        start = time.perf_counter()
        logged = log(project, Draft("series", "model", scan(path)))
        times.append(time.perf_counter() - start)
        check(project, logged.version.number, path)
        os.utime(path)
    stored = sum(
        info.size for info in project.backend.list(f"p/{project.id}/") if "/journal/" not in info.key
    )
    later = sum(times[1:]) / len(times[1:])
    return [
        f"{raw / 1e6:.0f}",
        f"{stored / 1e6:.0f}",
        f"{raw / stored:.2f}",
        f"{bar}",
        f"{times[0]:.2f}",
        f"{later:.2f}",
    ]


def check(project: Project, number: int, path: Path) -> None:
    """Compare what was stored with its source, byte by byte."""
    content = project.content(next(v for v in project.versions("series") if v.number == number))
    (entry,) = content.files()
    reader = content.reader(entry)
    with open(path, "rb") as file:
        for offset in range(0, entry.size, 8 << 20):
            if reader.read(offset, 8 << 20) != file.read(8 << 20):
                raise SystemExit(f"{path}: what was stored is not what was logged")


if __name__ == "__main__":
    main()
