"""W&B's media classes that mvfs does not have: each says what to do instead."""

from __future__ import annotations

from typing import Any, ClassVar, NoReturn

_AS_FILE = "save it as a file and log that: artifact.add_file('{file}'), run.log_artifact(artifact)"


class _Unsupported:
    """Base of what cannot be made."""

    instead: ClassVar[str] = ""

    def __init__(self, *_: Any, **__: Any) -> None:
        _refuse(type(self))


def _refuse(kind: type[_Unsupported]) -> NoReturn:
    raise NotImplementedError(f"mvfs has no {kind.__name__}; {kind.instead}")


class Image(_Unsupported):
    """An image."""

    instead = _AS_FILE.format(file="image.png")


class Audio(_Unsupported):
    """A sound."""

    instead = _AS_FILE.format(file="sound.wav")


class Video(_Unsupported):
    """A video."""

    instead = _AS_FILE.format(file="video.mp4")


class Html(_Unsupported):
    """A page."""

    instead = _AS_FILE.format(file="page.html")


class Markdown(_Unsupported):
    """A text."""

    instead = _AS_FILE.format(file="text.md")


class Plotly(_Unsupported):
    """A figure."""

    instead = "write it with fig.write_html('figure.html') and log that: artifact.add_file('figure.html')"


class Object3D(_Unsupported):
    """A scene or point cloud."""

    instead = _AS_FILE.format(file="scene.glb")


class Molecule(_Unsupported):
    """A molecule."""

    instead = _AS_FILE.format(file="molecule.pdb")


class Graph(_Unsupported):
    """A model's graph."""

    instead = "log the model itself: run.log_model('model.pt')"


class JoinedTable(_Unsupported):
    """Two tables joined by a key."""

    instead = "add both tables: artifact.add(table, 'left'), and join them with get_dataframe().merge()"


class PartitionedTable(_Unsupported):
    """A table in several files."""

    instead = "add each part: artifact.add(table, 'part-0'), and concatenate their get_dataframe()"


class Classes(_Unsupported):
    """Names of classes."""

    instead = "put them into the metadata: Artifact(…, metadata={'classes': [...]})"


class BoundingBoxes2D(_Unsupported):
    """Boxes over an image."""

    instead = "log them as rows of a Table"


class ImageMask(_Unsupported):
    """A mask over an image."""

    instead = _AS_FILE.format(file="mask.png")
