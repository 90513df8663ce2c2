"""``mvfs log``: a new version from a file or directory, or from what a URI leads to."""

from __future__ import annotations

import argparse
import contextlib
from pathlib import Path

from mvfs import refs, units
from mvfs.catalog.catalog import Catalog
from mvfs.catalog.expiry import NEVER, expiry_in
from mvfs.catalog.metadata import parse_metadata
from mvfs.catalog.recording import Draft, Logged, log
from mvfs.catalog.rules import parse_rule
from mvfs.catalog.shapes import version_json
from mvfs.cli.insisting import add_insistence, insistence_of
from mvfs.cli.output import Output
from mvfs.cli.places import open_store
from mvfs.cli.progress import Progress
from mvfs.errors import InvalidInput, NotFound
from mvfs.index import queries
from mvfs.refs import Ref
from mvfs.store.sources import SourceFile, scan


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    parser.add_argument("path", metavar="PATH", help="the file or directory to log; with --reference, a URI")
    parser.add_argument(
        "ref", metavar="REF", help="project/type/name; the type may be left out once it exists"
    )
    parser.add_argument(
        "-a",
        "--alias",
        action="append",
        default=[],
        metavar="ALIAS",
        help="point an alias at the version; may be given again",
    )
    parser.add_argument("-m", "--note", metavar="NOTE", help="what there is to say about the version")
    parser.add_argument(
        "--meta",
        action="append",
        default=[],
        metavar="K=V",
        help="a metadata value, JSON or text; may be given again",
    )
    parser.add_argument("--tag", action="append", default=[], metavar="T", help="a tag; may be given again")
    parser.add_argument(
        "--if-better", metavar="M:max", help="keep it only if metadata M beats the best so far"
    )
    parser.add_argument(
        "--move",
        action="store_true",
        help="take files of 1 MiB and more into the store without a copy, leaving read-only links",
    )
    parser.add_argument(
        "--chunking",
        choices=["grid", "content"],
        default="grid",
        help="where large files that are no models are cut to find known parts: every MiB, or by content",
    )
    parser.add_argument(
        "--reference",
        action="store_true",
        help="log by reference: PATH is s3://, gs://, http(s):// or file://, and the bytes stay there",
    )
    parser.add_argument(
        "--max-objects",
        type=int,
        metavar="N",
        help="with --reference: how many objects a directory or prefix may hold (default: 10000)",
    )
    parser.add_argument(
        "--ttl",
        metavar="AGE",
        help="how long 'prune --expired' shall keep it: 12h, 30d, 8w, 1y, or 'never'",
    )
    add_insistence(parser)


def run(args: argparse.Namespace, out: Output) -> int:
    """Log and tell which version holds the content now; exit 1 if it was not kept."""
    metadata = parse_metadata(args.meta)
    rule = parse_rule(args.if_better) if args.if_better else None
    expires = NEVER if args.ttl == "never" else expiry_in(units.parse_age(args.ttl)) if args.ttl else None
    ref = refs.parse(args.ref)
    files = _files(args)
    catalog = open_store(args, ref)
    project, type_, name = _target(catalog, ref)
    draft = Draft(
        name,
        type_,
        files,
        args.alias,
        args.tag,
        args.note,
        metadata,
        if_better=rule,
        move=args.move,
        by_content=args.chunking == "content",
        expires=expires,
        insistence=insistence_of(args),
    )
    total = sum(file.size for file in files if file.reference is None)
    with Progress(f"logging {args.path}", total) as progress:
        logged = log(catalog.make_project(project), draft, progress)
    _tell(out, project, logged, note_given=bool(args.note), by_reference=args.reference)
    return 0 if logged.kept else 1


def _files(args: argparse.Namespace) -> list[SourceFile]:
    if not args.reference:
        if args.max_objects is not None:
            raise InvalidInput("--max-objects goes with --reference")
        return scan(Path(args.path))
    if args.move:
        raise InvalidInput("--move takes files into the store, --reference leaves them where they are")
    from mvfs.catalog.referring import scan_references  # brings in HTTP

    return scan_references(args.path, max_objects=args.max_objects)


def _target(catalog: Catalog, ref: Ref) -> tuple[str, str, str]:
    """Return project, type and name of a ref that a version is logged to."""
    if ref.selector is not None or len(ref.words) > 3:
        raise InvalidInput(
            f"'{ref.text}': log makes a new version by itself, so the ref ends with the name;"
            " give aliases by -a"
        )
    if len(ref.words) == 3:
        project, type_, name = ref.words
        return refs.check_name(project, "project"), type_, name
    if len(ref.words) == 2:
        project, name = ref.words
        known = None
        with contextlib.suppress(NotFound):  # also a name whose versions were all deleted has its type
            known = queries.name(catalog.project(project).index, name)
        if known is None:
            raise NotFound(
                f"'{ref.text}' does not exist yet; give its type too, as in {project}/model/{name}"
            )
        return project, known.type, name
    raise InvalidInput(f"'{ref.text}' is no name; write project/type/name")


def _tell(out: Output, project: str, logged: Logged, *, note_given: bool, by_reference: bool) -> None:
    shown = version_json(project, logged.version) | {"reused": logged.reused, "kept": logged.kept}
    if out.as_json:
        if logged.trashed:
            shown["trashed"] = [f"v{number}" for number in logged.trashed]
        out.data_json(shown)
        return
    out.data(shown["ref"])
    if not logged.kept:
        out.say(f"not kept: {logged.reason}")
    elif logged.reused:
        also = "; its note stays as it was" if note_given else ""
        out.say(f"the same content was logged before: no new version{also}")
    else:
        version = logged.version
        new = "" if logged.new_bytes == version.size else f" ({units.size(logged.new_bytes)} new)"
        new = " by reference; the bytes stay where they are" if by_reference else new
        out.say(f"{version.files} file{'s' * (version.files != 1)}, {units.size(version.size)}{new}")
    out.say(f"aliases: {', '.join(logged.version.aliases)}")
    if gone := logged.trashed:
        which = f"v{gone[0]}" if len(gone) == 1 else f"{len(gone)} versions, v{gone[0]} to v{gone[-1]}"
        out.say(f"its policy moved {which} to the trash")
