"""Links: versions of one name that stand for versions of another, as in W&B's registry.

A link is a version of its own, with numbers and aliases of its own and the content of what it stands for: in
the same project the very same objects, in another one copies. So it is listed, mounted, checked and synced
like any version, and outlives its source. docs/design/010-links.md.
"""

from __future__ import annotations

from collections.abc import Sequence

from mvfs.catalog import pointers
from mvfs.catalog.copying import Transfer, transfer
from mvfs.catalog.deletion import Target
from mvfs.catalog.expiry import NEVER, set_expiry
from mvfs.catalog.project import Project
from mvfs.catalog.protection import NOT_INSISTING, Insistence
from mvfs.index.rows import Version
from mvfs.refs import Selector


def link(
    source: Project,
    version: Version,
    target: Project,
    name: str,
    aliases: Sequence[str] = (),
    *,
    insistence: Insistence = NOT_INSISTING,
) -> Version:
    """Link a version under ``name``, which becomes ``latest`` there; return the link.

    The version does not expire any more. Linking it again changes only the aliases.

    Raises:
        InvalidInput: it is the version's own name.
        Conflict: the name holds versions that were logged, or has another type; or an alias is protected.
    """
    order = Transfer(source, Target(version.name, (version.number,)), target, name, link=True)
    number = transfer(order).numbers[version.number]
    if order.is_inside:
        target = source
    target.refresh()
    if added := [alias for alias in aliases if alias != "latest"]:
        pointers.set_aliases(target, name, number, added, insistence=insistence)
    if version.expires not in (None, NEVER):
        set_expiry(source, version.name, version.number, None)
    return target.version(name, Selector(number=number))
