"""The error tree."""

import pickle

from mvfs import errors
from mvfs.cli import exits


def all_errors() -> list[type[errors.MvfsError]]:
    found, stack = [], [errors.MvfsError]
    while stack:
        cls = stack.pop()
        found.append(cls)
        stack += cls.__subclasses__()
    return found


def test_every_kind_belongs_to_exactly_one_class() -> None:
    kinds = [cls.__dict__["kind"] for cls in all_errors()]
    assert sorted(kinds) == sorted(errors.ErrorKind)


def test_every_class_is_in_the_drawn_tree() -> None:
    assert errors.__doc__ is not None
    for cls in all_errors():
        assert f" {cls.__name__} " in errors.__doc__.replace("\n", " "), cls


def test_errors_survive_pickling_with_their_fields() -> None:
    error = errors.AliasMoved("moved", alias="best", expected=1, found=2)
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is errors.AliasMoved
    assert (again.message, again.fields) == (error.message, error.fields)


def test_every_error_has_an_exit_code() -> None:
    for cls in all_errors():
        if cls is not errors.MvfsError:
            assert exits.code_of(cls("x")) in range(2, 7), cls
