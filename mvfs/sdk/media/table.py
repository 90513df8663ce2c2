"""`Table`: rows and columns of values, such as predictions, that are logged and compared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from importlib import import_module
from typing import Any

from mvfs.errors import InvalidInput
from mvfs.sdk.media.column_types import ANY, Column, column_of

_DEFAULT = ("Input", "Output", "Expected")
_MODES = ("IMMUTABLE", "MUTABLE", "INCREMENTAL")


class Table:
    """Rows of values under named columns, each of one type.

    ``artifact.add(table, "predictions")`` keeps it as ``predictions.table.json``, in W&B's form, or as
    ``predictions.parquet`` where the name ends so; ``artifact.get("predictions")`` gives it back.
    """

    MAX_ROWS = 10_000
    MAX_ARTIFACT_ROWS = 200_000
    """W&B cuts longer tables; mvfs does not."""

    def __init__(  # noqa: PLR0917 - W&B's signature
        self,
        columns: Sequence[str | int] | None = None,
        data: Any = None,
        rows: Any = None,
        dataframe: Any = None,
        dtype: Any = None,
        optional: bool | list[bool] = True,
        allow_mixed_types: bool = False,
        log_mode: str | None = "IMMUTABLE",
    ) -> None:
        """Make a table.

        Args:
            columns: their names; ``Input, Output, Expected`` where none are given.
            data: rows, a two-dimensional array, or a DataFrame.
            rows: the same as ``data``; W&B's older word.
            dataframe: a DataFrame, whose columns are taken, too.
            dtype: what the columns hold, one Python type for all or a list; None: what comes first.
            optional: whether None is allowed, one for all or a list.
            allow_mixed_types: let a column hold values of any type.
            log_mode: ``IMMUTABLE``, ``MUTABLE`` or ``INCREMENTAL``; each log writes the whole table here.

        Raises:
            TypeError: a row does not have the types of the ones before it.
            InvalidInput: a row has another length, or columns or rows are no lists.
        """
        if log_mode not in _MODES:
            raise InvalidInput(f"Invalid log_mode: {log_mode}. Must be one of {list(_MODES)}")
        self.log_mode = log_mode
        frame = data if dataframe is None and hasattr(data, "itertuples") else dataframe
        if frame is not None:
            columns, given = list(frame.columns), [list(row) for row in frame.itertuples(index=False)]
        else:
            given = _rows(data if data is not None else rows)
        self.columns = _column_names(list(_DEFAULT) if columns is None else columns)
        self.data: list[list[Any]] = []
        self._types: dict[str | int, Column] = {}
        count = len(self.columns)
        dtypes = dtype if isinstance(dtype, list) else [dtype] * count
        optionals = optional if isinstance(optional, list) else [optional] * count
        for name, one, may_lack in zip(self.columns, dtypes, optionals, strict=False):
            self._types[name] = Column(ANY) if allow_mixed_types else column_of(one, optional=bool(may_lack))
        for row in given:
            self.add_data(*row)

    def add_data(self, *data: Any) -> None:
        """Add a row.

        Raises:
            InvalidInput: it has another number of values than there are columns.
            TypeError: a value is not of its column's type.
        """
        if len(data) != len(self.columns):
            raise InvalidInput(
                f"This table expects {len(self.columns)} columns: {self.columns}, found {len(data)}"
            )
        types = dict(self._types)
        for name, value in zip(self.columns, data, strict=True):
            grown = types[name].with_value(value)
            if grown is None:
                raise TypeError(
                    f"Data row contained incompatible types:\n{value!r} in column {name!r}, which holds"
                    f" {types[name]}; allow_mixed_types=True takes any"
                )
            types[name] = grown
        self._types = types
        self.data.append(list(data))

    def add_column(self, name: str, data: Any, optional: bool = False) -> None:
        """Add a column.

        Raises:
            InvalidInput: the name is taken, or there is another number of values than of rows.
            TypeError: the values are of several types.
        """
        values = list(data)
        if name in self.columns:
            raise InvalidInput(f"there is a column {name!r} already")
        if self.columns and len(values) != len(self.data):
            raise InvalidInput(f"Expected length {len(self.data)}, found {len(values)}")
        column = Column(optional=optional)
        for value in values:
            grown = column.with_value(value)
            if grown is None:
                raise TypeError(f"{value!r} in column {name!r}, which holds {column}")
            column = grown
        if not self.columns:
            self.data = [[] for _ in values]
        for row, value in zip(self.data, values, strict=True):
            row.append(value)
        self.columns.append(name)
        self._types[name] = column

    def get_column(self, name: str | int, convert_to: str | None = None) -> Any:
        """Return a column's values as a list, or, with ``convert_to="numpy"``, as an array.

        Raises:
            InvalidInput: there is no such column, or nothing else to convert to.
        """
        if name not in self.columns:
            raise InvalidInput(f"there is no column {name!r}; there are {self.columns}")
        if convert_to not in (None, "numpy"):
            raise InvalidInput(f"convert_to={convert_to!r} is unknown; there is 'numpy'")
        at = self.columns.index(name)
        values = [row[at] for row in self.data]
        return import_module("numpy").array(values) if convert_to == "numpy" else values

    def iterrows(self) -> Iterator[tuple[int, list[Any]]]:
        """Yield the rows with their numbers."""
        return iter(enumerate(self.data))

    def get_index(self) -> list[int]:
        """Return the numbers of the rows."""
        return list(range(len(self.data)))

    def get_dataframe(self) -> Any:
        """Return a pandas DataFrame."""
        return import_module("pandas").DataFrame.from_records(self.data, columns=self.columns)

    @property
    def column_types(self) -> dict[str | int, Column]:
        """What each column holds."""
        return dict(self._types)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Table):
            return NotImplemented
        return self.columns == other.columns and self.data == other.data

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"<Table {len(self.data)} rows of {self.columns}>"


def _column_names(columns: Iterable[str | int]) -> list[str | int]:
    if not isinstance(columns, list | tuple):
        raise InvalidInput("columns argument expects a `list` object")
    if not all(type(name) in (str, int) for name in columns):
        raise InvalidInput("columns argument expects list of strings or ints")
    return list(columns)


def _rows(data: Any) -> list[Any]:
    if data is None:
        return []
    if not isinstance(data, list) and not hasattr(data, "tolist"):
        raise InvalidInput("data argument expects a `list` object")
    return list(data)
