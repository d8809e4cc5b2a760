"""A folder with a table of labels beside the images that it names: train.csv and train/, or train/_classes.csv."""

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from saccade.core.errors import DataError
from saccade.core.split_names import splits_of
from saccade.modalities.images import listing
from saccade.modalities.images.file_search import HIDDEN, visible
from saccade.modalities.images.image_tables.cells import read_cells
from saccade.modalities.images.image_tables.columns import Images, find_images, plain
from saccade.modalities.images.image_tables.files import is_image_name
from saccade.modalities.images.image_tables.roles import label_column, may_say_classes
from saccade.modalities.images.listing import Found, Listing
from saccade.modalities.images.sources import table_of_paths

LABELS_OPTIONAL = True

ONE_HOT = "_classes.csv"
"""How Roboflow calls the table of labels in the folder of each split."""

_WITHIN = (ONE_HOT, "metadata.csv", "metadata.jsonl", "labels.csv")
"""Tables that are looked for in the folders of splits."""

_AGREE = 0.9
_LOOKED_AT = 1000  # rows, about
_LARGEST = 1 << 26  # bytes; of larger tables the first rows show whether they name images


def recognises(path: Path) -> bool:
    """Say whether a folder has a table that says classes of images in it, other than its folders say."""
    return path.is_dir() and bool(_tables(path))


def read(path: Path, *, quiet: bool = False, label: str = "", labelled: bool = True) -> Listing:
    """Return the images that the folder's table names, or those that a table for each split names.

    Args:
        path: the folder.
        quiet: takes no time that a progress bar would show.
        label: the column of the classes, where it shall not be guessed.
        labelled: false: no column of classes is needed.

    Raises:
        DataError: several tables name images and are no splits; or as `table_of_paths.read`.
    """
    tables = _tables(path)
    splits = _splits(tables, path)
    parts = {table: table_of_paths.read(table, quiet=quiet, label=label, labelled=labelled) for table in sorted(splits)}
    found = [row for table, split in parts.items() for row in _found(split, splits[table])]
    notes = [_about(table, path, splits[table], split.notes) for table, split in parts.items()]
    return listing.of_files(
        found,
        notes=[*notes, *_left_out(path, list(splits), found)],
        skipped_items=[file for split in parts.values() for file in split.skipped_items],
    )


def _tables(path: Path) -> list[Path]:
    """Return the tables that say classes of images in the folder."""
    entries = visible(path)
    beside = [entry for entry in entries if entry.name.lower().endswith(table_of_paths.ENDINGS) and entry.is_file()]
    found = [table for table in beside if "submission" not in table.name.lower() and _says_classes(table)]
    within = [entry / name for entry in entries if entry.is_dir() for name in _WITHIN if (entry / name).is_file()]
    return found or [table for table in within if _says_classes(table)]


def _says_classes(table: Path) -> bool:
    try:
        cells = read_cells(table, head=table.stat().st_size > _LARGEST)
        images = find_images(cells, table)
    except DataError:
        return False
    if images is None or images.place.share == 0 or not may_say_classes(images.cells, images.column):
        return False
    return table.name == ONE_HOT or not _folders_say_it(images)


def _folders_say_it(images: Images) -> bool:
    """Say whether the named images lie in folders of classes, which are called as the table's labels."""
    column = label_column(images.cells, images.column)
    names, labels = images.cells.column(images.column), images.cells.column(column or images.column)
    step = max(1, len(names) // _LOOKED_AT)
    files = [images.place.file(name) or "" for name in names[::step]]
    folders = [Path(file).parent.name for file in files]
    others = {name for name, split in splits_of({*folders} - {""}).items() if not split}
    if len(others) < 2:
        return False
    if not column:
        return True
    pairs = [(plain(label), plain(folder)) for label, folder in zip(labels[::step], folders, strict=True) if folder]
    return sum(label == folder for label, folder in pairs) > _AGREE * len(pairs)


def _splits(tables: Sequence[Path], path: Path) -> dict[Path, str]:
    """Return the tables to use with the split that each is of, "" for a single one."""
    if len(tables) == 1:
        return {tables[0]: ""}
    names = {table: table.stem if table.parent == path else table.parent.name for table in tables}
    said = splits_of(names.values())
    splits = {table: said[name] for table, name in names.items() if said[name]}
    if list(splits.values()) == ["train"]:
        return dict.fromkeys(splits, "")
    if "train" not in splits.values() or len(set(splits.values())) < len(splits):
        shown = ", ".join(table.relative_to(path).as_posix() for table in tables)
        raise DataError(f"{path} has several tables that name images: {shown}. Give the one to use: {tables[0]}")
    return splits


def _found(part: Listing, split: str) -> Iterator[Found]:
    groups = part.groups.tolist() if part.groups is not None else [""] * len(part.files)
    rows = zip(part.names.tolist(), part.labels.tolist(), part.splits.tolist(), part.files, groups, strict=True)
    for name, label, own, file, group in rows:
        yield Found(f"{split}/{name}".lstrip("/"), part.classes[label], split or own, file, group)


def _about(table: Path, path: Path, split: str, notes: Sequence[str]) -> str:
    name = table.relative_to(path).as_posix()
    taken = f" as the {split} split" if split else ""
    return " ".join([f"Labels come from the table {name}{taken}, not from folders.", *notes])


def _left_out(path: Path, tables: Sequence[Path], found: Sequence[Found]) -> list[str]:
    """Say which tables and how many images in the folder were not used."""
    used = {os.path.normpath(row.path) for row in found}
    unused = Counter(file.rpartition("/")[0] for file in _images(str(path.absolute())) if file not in used)
    others = [
        each.name for each in visible(path) if each.name.lower().endswith(table_of_paths.ENDINGS) and each not in tables
    ]
    notes = [f"Tables that were not used: {', '.join(others)}."] if others else []
    places = {os.path.relpath(folder, path): count for folder, count in sorted(unused.items())}
    where = ", ".join(f"{count} in {folder}/" for folder, count in list(places.items())[:5])
    return [*notes, *([f"Images that no row names were left out: {where}."] if unused else [])]


def _images(path: str) -> Iterator[str]:
    for folder, inside, files in os.walk(path):
        inside[:] = [name for name in inside if not name.startswith(HIDDEN)]
        yield from (os.path.join(folder, name) for name in files if is_image_name(name) and not name.startswith(HIDDEN))  # noqa: PTH118
