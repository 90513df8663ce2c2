"""Tables of the index. Any change to them gets a new `VERSION`: old files are thrown away, not migrated."""

VERSION = 7

TABLES = """
create table position (journal text, seq integer, head blob);
create table projects (name text primary key, id text unique);
create table names (
    id integer primary key, name text unique, type text, last integer, live integer, metric text, mode text,
    about text, tags text
);
create table versions (
    name_id integer, number integer, manifest text, manifest_hash blob, digest blob, files integer,
    size integer, run text, metadata text, note text, created integer, actor text, seq integer,
    expires integer, deleted integer, deleted_at integer, deleted_by text,
    primary key (name_id, number)
) without rowid;
create table sweeps (
    id text primary key, seq integer, list_hash blob, objects integer, size integer, time integer,
    actor text, done integer
) without rowid;
create table aliases (
    name_id integer, alias text, number integer, primary key (name_id, alias)
) without rowid;
create table alias_moves (
    name_id integer, alias text, seq integer, new integer, old integer, time integer, actor text
);
create table retention (name_id integer primary key, keep_last integer, ttl integer);
create table protected (name_id integer, alias text, primary key (name_id, alias)) without rowid;
create table alias_remarks (
    name_id integer, alias text, seq integer, protects integer, reason text, time integer, actor text
);
create table note_changes (name_id integer, number integer, seq integer, text text, time integer, actor text);
create table tags (
    name_id integer, number integer, tag text, primary key (name_id, number, tag)
) without rowid;
create table links (
    name_id integer, number integer, project_id text, source text, source_number integer, time integer,
    primary key (name_id, number)
) without rowid;
create table runs (
    id text primary key, name text, job_type text, grouped text, config text, summary text,
    state text, started integer, ended integer, actor text, tags text, notes text
);
create table produced (run text, name_id integer, number integer, primary key (run, name_id, number))
    without rowid;
create table used (
    run text, project_id text, name text, number integer, seq integer,
    primary key (run, project_id, name, number)
) without rowid;
"""

ASIDE = """
create table if not exists looked (seq integer, size integer, modified integer, at integer, marked integer);
create table if not exists recent (seq integer primary key, raw blob);
"""
"""Beside the state of a far journal, and in no checkpoint: when it was last looked at, what the listing said
of its last entry, and the bytes of the newest entries (`mvfs.index.aside`)."""

INDEXES = {
    "alias_moves_by_alias": "alias_moves (name_id, alias)",
    "alias_moves_by_entry": "alias_moves (seq)",
    "versions_by_entry": "versions (seq)",
    "produced_by_version": "produced (name_id, number)",
    "used_by_version_newest": "used (project_id, name, number, seq)",
    "links_by_source": "links (project_id, source, source_number)",
}
"""Made when a question first needs one: a long fold is much slower with them, and few commands ask."""

OF_LINEAGE = ("produced_by_version", "used_by_version_newest")
"""Made at the end of a long fold already: in a project of 100,000 runs the first walk would wait for them."""

PICKED = (
    """create table if not exists picked_keys (
        id integer primary key, place text, path text, unique (place, path))""",
    """create table if not exists picked (key integer, run integer, value, primary key (key, run))
        without rowid""",
    """create trigger if not exists picked_config after update of config on runs begin
        delete from picked where run = old.rowid
            and key in (select id from picked_keys where place = 'r.config'); end""",
    """create trigger if not exists picked_summary after update of summary on runs begin
        delete from picked where run = old.rowid
            and key in (select id from picked_keys where place = 'r.summary'); end""",
)
"""Made when a question asks for values of many runs, in no checkpoint: what was picked out of their JSON
(`mvfs.index.picked`). The triggers throw away what a fold changes."""

NOT_PICKED = (
    "drop trigger if exists picked_config",
    "drop trigger if exists picked_summary",
    "drop table if exists picked",
    "drop table if exists picked_keys",
)
"""For who replaces all runs."""
