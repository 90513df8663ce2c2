"""What the file system says, whoever asks: the same tree stands behind every driver."""

from __future__ import annotations

from collections.abc import Callable

from mvfs.catalog.catalog import Catalog
from mvfs.catalog.catalog import Place as Found
from mvfs.errors import InvalidInput
from mvfs.mount import attributes
from mvfs.mount.facts import FACTS, Facts
from mvfs.mount.folders import Folder
from mvfs.mount.homes import Contents, Home
from mvfs.mount.nodes import Directory, Node, Origin, Place
from mvfs.mount.places import Manner, NamePlace, ProjectPlace, StorePlace, TypePlace
from mvfs.mount.scope import Scope
from mvfs.mount.table import NodeTable
from mvfs.refs import Ref
from mvfs.store.manifest.records import FileEntry


class Tree:
    """A store, or what a ref names in it, as nodes.

    Methods may be called from several threads. Errors of the store come out as `mvfs.errors`.
    """

    def __init__(self, catalog: Catalog, ref: Ref | None = None, *, links: bool = False) -> None:
        """Root the tree at the whole store, or at a ref; an alias means the version it names now.

        With ``links``, aliases below the root are symlinks to versions, and not directories.

        Raises:
            NotFound: the ref names nothing.
            InvalidInput: it names a file.
        """
        self.catalog = catalog
        self.status: Callable[[], str] = str
        """What ``.mvfs/status`` says: only who serves the tree knows."""
        self._manner = Manner(Contents(), links)
        place = catalog.resolve(ref) if ref is not None else None
        self.scope = Scope(catalog, place)
        self.table = NodeTable(self._root(place))

    @property
    def root(self) -> Directory:
        """The directory that is mounted."""
        return self.table.root

    def _root(self, place: Found | None) -> Directory:
        manner = self._manner
        if place is None:
            return StorePlace(self.catalog, manner)
        project = place.project
        if place.version is not None:
            home = Home(manner.contents, project, place.version, place.version.label)
            if isinstance(home.ask(lambda content: content.find(place.path)), FileEntry):
                ref = str(self.scope)
                raise InvalidInput(f"'{ref}' is a file; mount the directory that holds it", ref=ref)
            return Folder(home, place.path)
        if place.name is not None:
            return NamePlace(project, manner, place.name.name)
        if place.type is not None:
            return TypePlace(project, manner, place.type)
        return ProjectPlace(project, manner)

    def lookup(self, parent: Directory, name: str) -> Node | None:
        """Return what has this name in a directory, with one more reference to it; None if nothing has.

        Raises:
            CorruptObject: the version's manifest is damaged.
        """
        if isinstance(parent, Place):
            parent.watch()
        found = self.find(parent, name)
        return self.table.hold(found) if found is not None else None

    def find(self, parent: Directory, name: str) -> Node | None:
        """Return what has this name in a directory, for who keeps no nodes; None if nothing has.

        Raises:
            CorruptObject: the version's manifest is damaged.
        """
        found = parent.find(name)
        if found is None and name == FACTS and parent is self.root:
            return Facts(self.scope, self.status)
        return found

    def xattrs(self, node: Node) -> list[str]:
        """Return the names of a node's extended attributes.

        Raises:
            CorruptObject: the version's manifest is damaged.
        """
        return attributes.names(node)

    def xattr(self, node: Node, name: str) -> bytes | None:
        """Return an extended attribute; None if the node has none of this name.

        Raises:
            CorruptObject: the version's manifest is damaged.
        """
        return attributes.value(node, name)

    def origins(self) -> list[Origin]:
        """The store and the projects that the kernel knows names of."""
        return list({id(place.origin): place.origin for place in self.table.places()}.values())

    def changes(self, origin: Origin) -> list[tuple[int, str]]:
        """Take in what others committed to one origin.

        Returns (directory, name) wherever a name means something else now.

        Raises:
            MvfsError: it cannot be read.
        """
        origin.refresh()
        changed: list[tuple[int, str]] = []
        position: object = None
        for place in self.table.places():
            if place.origin is not origin:
                continue
            if position is None:
                position = place.position()
            names = place.changes(position)
            if names:
                place.mtime = place.modified()
            changed += [(place.id, name) for name in names]
        return changed
