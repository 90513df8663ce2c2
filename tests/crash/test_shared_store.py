"""Two users share a store through a group: each may write, and sweep what the other left."""

from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mvfs.catalog import sweeping
from mvfs.catalog.catalog import open_catalog
from mvfs.store.ingest import Ingest
from tests.crash import operations, views
from tests.crash.operations import logs
from tests.mount.people import Person

GROUP = 47123
LARGE = os.urandom((1 << 20) + 3)

pytestmark = pytest.mark.needs_root


@pytest.fixture
def place() -> Iterator[Path]:
    """A directory that the group shares."""
    with tempfile.TemporaryDirectory(prefix="mvfs-test-") as folder:
        os.chmod(folder, 0o755)
        shared = Path(folder) / "shared"
        shared.mkdir()
        os.chown(shared, 0, GROUP)
        os.chmod(shared, 0o2775)
        yield Path(folder)


@pytest.fixture
def people(place: Path) -> Iterator[tuple[Person, Person]]:
    """Ann and Bob."""
    made = []
    for uid, name in ((47001, "ann"), (47002, "bob")):
        (place / name).mkdir()
        person = Person(uid, place / name)
        person.groups, person.umask = [GROUP], 0o002
        person.environment["MVFS_STORE"] = str(place / "shared/store")
        made.append(person)
    yield made[0], made[1]
    for person in made:
        person.close()


def logged(person: Person, files: dict[str, bytes]) -> int:
    """Log as a person, and return the number."""

    def work() -> int:
        folder = operations.write(Path(tempfile.mkdtemp(dir=person.home)), files)
        return logs(folder, "iv3", "prod")(open_catalog().make_project("vision")).version.number

    return person.run(work)


def killed(person: Person, files: dict[str, bytes]) -> None:
    """Die in the middle of a log, with something in scratch and blobs that nobody needs."""

    def work() -> None:
        child = os.fork()
        if child == 0:
            Ingest.finish = lambda *_: os.kill(os.getpid(), signal.SIGKILL)  # type: ignore[method-assign]
            folder = operations.write(Path(tempfile.mkdtemp(dir=person.home)), files)
            logs(folder, "iv3")(open_catalog().project("vision"))
        os.waitpid(child, 0)

    person.run(work)


def checked(person: Person) -> views.View:
    """Everything that must be true, seen with a person's eyes."""
    return person.run(lambda: views.check_all(open_catalog().project("vision")))


def test_both_log_and_read(people: tuple[Person, Person]) -> None:
    ann, bob = people
    assert logged(ann, {"large": LARGE, "small": b"1"}) == 0
    assert logged(bob, {"large": LARGE, "small": b"2"}) == 1
    assert logged(ann, {"large": LARGE[::-1], "small": b"3"}) == 2
    assert checked(ann) == checked(bob)


def test_each_sweeps_what_the_other_left(people: tuple[Person, Person], place: Path) -> None:
    ann, bob = people
    logged(ann, {"small": b"0"})
    logged(ann, {"large": LARGE, "small": b"1"})
    logged(bob, {"small": b"2"})
    for one, other in ((ann, bob), (bob, ann)):
        killed(one, {"large": os.urandom(2 << 20)})
        assert list((place / "shared/store/tmp").iterdir()), "nothing was left to tidy up"

        def sweep() -> bool:
            project = open_catalog().project("vision")
            operations.delete(project, "iv3", project.versions("iv3")[0].number)
            sweeping.sweep(project, 0)
            return views.stored(project) == views.needed(project, project.index)

        assert other.run(sweep)
        left = [path for path in (place / "shared/store/tmp").iterdir() if path.stat().st_uid == one.uid]
        assert left == [], "abandoned scratch of the other user is still there"
    assert list(checked(ann)["iv3"].versions) == [2]


def test_modes_let_the_group_in(people: tuple[Person, Person], place: Path) -> None:
    logged(people[0], {"large": LARGE, "small": b"1"})
    for path in (place / "shared/store").rglob("*"):
        mode = path.stat().st_mode & 0o777
        assert mode == (0o775 if path.is_dir() else 0o444) or path.name == "lock", (path, oct(mode))
        assert path.stat().st_gid == GROUP


@pytest.mark.parametrize(
    "act",
    [
        lambda bob: bob.mvfs("ls", "vision"),
        lambda bob: bob.mvfs("log", bob.home / "source", "vision/model/iv3"),
    ],
    ids=["ls", "log"],
)
def test_a_private_umask_is_told_to_the_others(
    people: tuple[Person, Person], act: Callable[[Person], object]
) -> None:
    ann, bob = people
    ann.umask = 0o077
    logged(ann, {"small": b"1"})
    bob.run(lambda: operations.write(bob.home / "source", {"small": b"2"}) and None)
    done = act(bob)
    assert done.code == 6, done
    assert len(done.err.splitlines()) == 1, done.err
    assert "permission denied" in done.err.lower()


def test_a_private_project_beside_a_shared_store(people: tuple[Person, Person]) -> None:
    """Ann's umask is private only later: Bob cannot read her version, and is told so."""
    ann, bob = people
    logged(bob, {"small": b"1"})
    ann.umask = 0o077
    logged(ann, {"small": b"2"})
    done = bob.mvfs("cat", "vision/iv3:v1/small")
    assert done.code == 6, done
    assert len(done.err.splitlines()) == 1, done.err
    assert "permission denied" in done.err.lower()
