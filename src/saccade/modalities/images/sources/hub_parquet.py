"""Parquet files with the bytes of images, one or a folder of them, as the Hugging Face Hub writes data sets."""

import hashlib
import os
import re
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import islice
from pathlib import Path

from saccade.core.cache import built_once, cache_folder, file_digest
from saccade.core.dataset import SkippedItem
from saccade.core.errors import DataError
from saccade.core.progress_bar import progress
from saccade.core.split_names import splits_of
from saccade.modalities.images import listing
from saccade.modalities.images.file_search import HIDDEN, is_folder
from saccade.modalities.images.image_tables import parquet
from saccade.modalities.images.image_tables.cells import Cells, read_cells
from saccade.modalities.images.image_tables.columns import rank
from saccade.modalities.images.image_tables.roles import Roles, find_roles
from saccade.modalities.images.listing import Found, Listing

LABELS_OPTIONAL = True

_USUAL = ("image", "img", "picture", "photo", "path", "file")
_SHARD = re.compile(r"-\d{5}-of-\d{5}.*")
_ENTRIES = 50
_DEEPEST = 3  # folders: a data set's own, data/ or a configuration, a split
_ENDINGS = {b"\xff\xd8": ".jpg", b"\x89P": ".png", b"GI": ".gif", b"RI": ".webp", b"BM": ".bmp", b"II": ".tif"}


def recognises(path: Path) -> bool:
    """Say whether a Parquet file, or the first one in a folder, has a column with the bytes of images."""
    files = _files(path)
    try:
        return bool(files) and bool(parquet.image_columns(files[0]))
    except DataError:
        return False


def read(path: Path, *, quiet: bool = False, label: str = "", labelled: bool = True) -> Listing:
    """Return the images, in the splits that the files are named after; their bytes are unpacked into the cache, once.

    Args:
        path: a file, or a folder with train-00000-of-00001.parquet and others, perhaps in data/.
        quiet: no progress bar.
        label: the column of the classes, where it shall not be guessed.
        labelled: false: no column of classes is needed.

    Raises:
        DataError: a file is damaged, the columns differ or cannot be told, or the cache cannot be written.
    """
    files = _files(path)
    column = _image_column(files[0], path)
    if any(parquet.columns(file) != parquet.columns(files[0]) for file in files):
        raise DataError(f"The Parquet files in {path} have different columns. Give a file, or a folder of one kind.")
    rows = [row for file in files for row in read_cells(file).rows]
    cells = Cells(read_cells(files[0]).names, rows)
    lists = parquet.list_columns(files[0])
    roles = find_roles(cells, column, path, label=label, labelled=labelled, lists=lists)
    sizes = [parquet.count(file) for file in files]
    images = _unpacked(files, column, sum(sizes), quiet=quiet)
    splits = roles.splits if roles.split else _splits(files, sizes, path)
    found, skipped = _sorted_out(images, _class_of_each(roles, files[0], path), splits, roles.groups, labelled=labelled)
    if not found:
        raise DataError(f"None of the {len(splits)} rows of {path} has an image and a label.")
    return listing.of_files(found, notes=[roles.said(f"Images from the column '{column}'")], skipped_items=skipped)


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path] if path.name.lower().endswith(".parquet") else []
    return list(_within(str(path), _DEEPEST))


def _within(folder: str, depth: int) -> Iterator[Path]:
    """Yield Parquet files of a folder and those below; a folder whose first entries are other files is not searched."""
    try:
        with os.scandir(folder) as entries:
            first = list(islice(entries, _ENTRIES))
            if not any(is_folder(entry) or entry.name.endswith(".parquet") for entry in first):
                return
            found = sorted([*first, *entries], key=lambda entry: entry.name)
    except OSError:
        return
    yield from (Path(each.path) for each in found if each.name.endswith(".parquet") and each.name[0] != ".")
    for each in found:
        if depth > 1 and is_folder(each) and not each.name.startswith(HIDDEN):
            yield from _within(each.path, depth - 1)


def _image_column(file: Path, path: Path) -> str:
    columns = sorted(parquet.image_columns(file), key=lambda name: rank(name, _USUAL))
    if len(columns) > 1 and rank(columns[0], _USUAL) == rank(columns[1], _USUAL):
        raise DataError(
            f"{path} has images in several columns, '{columns[0]}' and '{columns[1]}'. Call the one to take 'image'."
        )
    return columns[0]


def _splits(files: Sequence[Path], sizes: Sequence[int], path: Path) -> list[str]:
    """Return the split of each row, as the names of files, or of the folders that they are in, say it."""
    names = [_SHARD.sub("", file.stem) for file in files]
    said = splits_of(names)
    folders = splits_of(file.parent.name for file in files if file.parent != path)
    each = [said[name] or folders.get(file.parent.name, "") for name, file in zip(names, files, strict=True)]
    if not all(each) and any(each) and path.is_dir():
        unknown = files[each.index("")].relative_to(path)
        raise DataError(f"{path} has files of splits and others, as {unknown}. Leave in the folder what is to be used.")
    return [split for split, size in zip(each, sizes, strict=True) for _ in range(size)]


def _class_of_each(roles: Roles, file: Path, path: Path) -> list[str]:
    """Return the labels with the names of numbered classes; -1 is how the Hub says that there is none."""
    names = parquet.class_names(file, roles.label.strip("'"))
    numbers = [int(text) if text.lstrip("-").isdecimal() else None for text in roles.labels]
    if not names or any(text and number is None for text, number in zip(roles.labels, numbers, strict=True)):
        return roles.labels
    highest = max((number for number in numbers if number is not None), default=0)
    if highest >= len(names):
        raise DataError(f"{path} has the label {highest}, and names for {len(names)} classes only.")
    return [names[number] if number is not None and number >= 0 else "" for number in numbers]


def _sorted_out(
    images: dict[int, str], labels: list[str], splits: list[str], groups: list[str], *, labelled: bool
) -> tuple[list[Found], list[SkippedItem]]:
    """Return the rows that can be used, and why the others cannot."""
    found, skipped = list[Found](), list[SkippedItem]()
    for row, (label, split, group) in enumerate(zip(labels, splits, groups, strict=True)):
        name = f"{split}/{row:06d}".lstrip("/")
        if row not in images or (labelled and not label):
            skipped.append(SkippedItem(name, f"the row has no {'label' if row in images else 'image'}."))
        else:
            found.append(Found(name, label, split, images[row], group))
    return found, skipped


def _unpacked(files: Sequence[Path], column: str, rows: int, *, quiet: bool) -> dict[int, str]:
    """Return the files with each row's image, by row; rows without one are missing."""
    digests = "".join(map(file_digest, files))
    folder = cache_folder("parquet") / hashlib.sha256(f"{column} {digests}".encode()).hexdigest()[:32]
    built_once(folder, partial(_unpack, files=files, column=column, rows=rows, quiet=quiet))
    return {int(file.stem): str(file) for file in folder.glob("*/*")}


def _unpack(folder: Path, *, files: Sequence[Path], column: str, rows: int, quiet: bool) -> None:
    images = (image for file in files for image in parquet.images_of(file, column))
    with progress("Unpacking images", rows, quiet=quiet) as advance:
        for row, image in enumerate(images):
            if image is not None:
                thousand = folder / f"{row // 1000:04d}"
                thousand.mkdir(exist_ok=True)
                (thousand / f"{row:06d}{_ENDINGS.get(image[:2], '')}").write_bytes(image)
            advance(1)
