"""A table (CSV, TSV, JSON, Parquet) that names images and their classes, and optionally splits and groups."""

from pathlib import Path

from saccade.core.dataset import SkippedItem
from saccade.core.errors import DataError
from saccade.core.shell_words import shell_word
from saccade.modalities.images import listing
from saccade.modalities.images.image_tables.cells import read_cells
from saccade.modalities.images.image_tables.columns import Images, find_images, plain
from saccade.modalities.images.image_tables.roles import Roles, find_roles
from saccade.modalities.images.listing import Found, Listing

ENDINGS = (".csv", ".tsv", ".txt", ".csv.gz", ".tsv.gz", ".json", ".jsonl", ".parquet")
LABELS_OPTIONAL = True

_PLAIN = ({"path"}, {"'label'"}, {"", "split"}, {"", "group"})
"""A table with these columns needs no words about which were taken."""


def recognises(path: Path) -> bool:
    """Say by its name whether a file is a table."""
    return path.is_file() and path.name.lower().endswith(ENDINGS)


def read(path: Path, *, quiet: bool = False, label: str = "", labelled: bool = True) -> Listing:
    """Return the images that the table names; files that are not there are skipped.

    Args:
        path: the table.
        quiet: takes no time that a progress bar would show.
        label: the column of the classes, where it shall not be guessed.
        labelled: false: no column of classes is needed, and all images have the class "".

    Raises:
        DataError: the table cannot be read, nothing says which column is which, it names an unknown split, gives one
            image two labels or more, or none of its files exists.
    """
    del quiet
    cells = read_cells(path)
    images = find_images(cells, path)
    if images is None:
        raise DataError(
            f"{path} has no column that names images. Found: {', '.join(cells.names[:9])}. Expected one with names of "
            "files, which are beside the table or in a folder near it, and one with classes: path,label[,split,group]."
        )
    if not images.cells.rows:
        raise DataError(f"{path} has a header ({', '.join(cells.names[:5])}) but no rows.")
    if not images.place.share:
        raise DataError(_no_files(images, path))
    roles = find_roles(images.cells, images.column, path, label=label, labelled=labelled)
    found, skipped_items = _sorted_out(images, roles, path, labelled=labelled)
    if not found:
        example = f" The first, {skipped_items[0].name}: {skipped_items[0].reason}" if skipped_items else ""
        raise DataError(f"None of the {len(images.cells.rows)} rows of {path} can be used.{example}")
    lost = listing.lost_classes(list(zip(images.cells.column(images.column), roles.labels, strict=True)), found)
    notes = [*images.cells.notes, *_said(images, roles), *lost]
    return listing.of_files(found, notes=notes, skipped_items=skipped_items)


def _no_files(images: Images, path: Path) -> str:
    names = images.cells.column(images.column)
    roots = images.place.finder.roots
    return (
        f"None of the {len(names)} rows of {path} can be used. The first, {names[0]}: there is no such file: "
        f"{path.parent / names[0]}. Looked for the images of the column '{images.column}' beside the table and in "
        f"{len(roots) - 1} folders near it. Put them there. To look for anomalies among the rows instead: "
        f"saccade train ae --data {shell_word(path)} {shell_word(f'columns.{images.column}=ignore')}"
    )


def _sorted_out(images: Images, roles: Roles, path: Path, *, labelled: bool) -> tuple[list[Found], list[SkippedItem]]:
    """Return the rows that can be used, and why the others cannot."""
    found, skipped_items, seen = list[Found](), list[SkippedItem](), dict[str, str]()
    names = images.cells.column(images.column)
    for name, label, split, group in zip(names, roles.labels, roles.splits, roles.groups, strict=True):
        file = images.place.file(name) if name else None
        key = file or name
        if label and seen.get(key, label) != label:
            raise DataError(f"{path} says of {name} both '{seen[key]}' and '{label}'. Keep one row an image.")
        repeated = key in seen
        reason = _objection(name, label or not labelled, repeated)
        seen.setdefault(key, label)
        if reason or file is None:
            missing = f"there is no such file: {path.parent / name}."
            skipped_items.append(SkippedItem(name, reason or missing, kind="other" if name and repeated else "image"))
        else:
            found.append(Found(name, label, split, file, group))
    return found, skipped_items


def _objection(name: str, label: str | bool, repeated: bool) -> str:
    if not name or not label:
        return f"the row has no {'label' if name else 'path'}."
    return "listed more than once; the first row counts." if repeated else ""


def _said(images: Images, roles: Roles) -> list[str]:
    """Say which columns were taken, unless they are called as they should and no other is there."""
    where = images.place.described()
    taken = (plain(images.column), roles.label.lower(), roles.split.lower(), roles.group.lower())
    if not where and not roles.unused and all(name in known for name, known in zip(taken, _PLAIN, strict=True)):
        return []
    return [roles.said(f"Images from the column '{images.column}'{where}")]
