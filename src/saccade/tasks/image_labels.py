"""What a table or an NPZ file says of each image, as it is written: a task makes its targets of that."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from saccade.core import registry
from saccade.core.arrays import Array
from saccade.core.dataset import SkippedItem
from saccade.core.errors import DataError
from saccade.core.split_names import split_of, splits_of
from saccade.modalities.images import listing as listings
from saccade.modalities.images import npz
from saccade.modalities.images.dataset import ImageDataset
from saccade.modalities.images.file_search import visible
from saccade.modalities.images.image_tables.cells import Cells, read_cells
from saccade.modalities.images.image_tables.columns import Images, find_images
from saccade.modalities.images.image_tables.roles import Roles, find_roles
from saccade.modalities.images.listing import Found, Listing, in_order
from saccade.modalities.images.loading import Seen, load, load_listing, look_at, look_at_listing
from saccade.modalities.images.settings import ImageSettings
from saccade.tasks.contenders import Look, side
from saccade.tasks.pretrained_settings import PretrainedSettings

TABLES = (".csv", ".tsv", ".csv.gz", ".tsv.gz", ".txt", ".json", ".jsonl", ".parquet")

Arrays = Mapping[str, Array]


@dataclass(frozen=True)
class Written:
    """What some columns say of the images.

    Attributes:
        texts: a text a row, as a task understands it; None where nothing is said and the image is not used.
        described: where it is from, for people: "'age'", "the 3 columns 'cat' to 'dog'".
        columns: names of these columns.
    """

    texts: Sequence[str | None]
    described: str
    columns: Sequence[str]


@dataclass(frozen=True)
class Reading:
    """How a task reads labels.

    Attributes:
        noun: what is read, for messages: "number", "labels".
        table: gives what the free columns of a table say: (cells, their names, the asked column or "", the table).
        arrays: gives a text an image: (arrays of one split, by name, as long as the images; the asked one or ""; file).
    """

    noun: str
    table: Callable[[Cells, Sequence[str], str, Path], Written]
    arrays: Callable[[Arrays, str, Path], Written]


def load_labelled(recipe: PretrainedSettings, reading: Reading, *, quiet: bool) -> ImageDataset:
    """Return the images of a recipe's data; `classes` are the different texts that are said of them.

    A folder without a table, and named data, say them as for classes: by the names of folders.

    Raises:
        DataError: nothing says them, or the data cannot be read.
    """
    size = side(recipe, look_of(recipe, reading, quiet=quiet))
    look: dict[str, Any] = {"image_size": size, "channels": recipe.channels, "fit": recipe.fit}
    found = None if recipe.data in registry.names("data") else _listing(recipe, reading, quiet=quiet)
    if found is None:
        return load(recipe.data, label=recipe.label, classify=False, quiet=quiet, **look)
    return load_listing(found, recipe.data, classify=False, quiet=quiet, **look)


def look_of(recipe: PretrainedSettings, reading: Reading, *, quiet: bool) -> Look:
    """Return what says what the images of a recipe are like; arguments and errors as of `load_labelled`."""

    def look() -> Seen:
        found = None if recipe.data in registry.names("data") else _listing(recipe, reading, quiet=quiet)
        if found is None:
            return look_at(recipe.data, label=recipe.label, quiet=quiet)
        return look_at_listing(found, quiet=quiet)

    return look


def _listing(recipe: ImageSettings, reading: Reading, *, quiet: bool) -> Listing | None:
    """Return the listing of a table, of the tables in a folder, or of an NPZ file; None for anything else."""
    path = Path(recipe.data).expanduser()
    archive = registry.load("sources", "archive")
    if archive.recognises(path):
        path = archive.unpacked(path, quiet=quiet)
    if path.is_file() and path.name.lower().endswith(".npz"):
        return _of_npz(path, reading, recipe.label)
    if path.is_file() and path.name.lower().endswith(TABLES):
        return _of_tables({path: ""}, reading, recipe.label)
    tables = _tables_in(path) if path.is_dir() else {}
    return _of_tables(tables, reading, recipe.label) if tables else None


def _tables_in(folder: Path) -> dict[Path, str]:
    """Return the tables in a folder that name images, with the split that each is of; raises DataError for several."""
    beside = [path for path in visible(folder) if path.name.lower().endswith(TABLES) and path.is_file()]
    named = {path: find_images(read_cells(path, head=True), path) for path in beside}
    tables = [path for path, images in named.items() if images and images.place.share]
    splits = splits_of(path.stem for path in tables) if len(tables) > 1 else {}
    found = {path: splits.get(path.stem, "") for path in tables}
    if len(tables) > 1 and (not all(found.values()) or len(set(found.values())) < len(found)):
        shown = ", ".join(path.name for path in tables)
        raise DataError(f"{folder} has several tables that name images: {shown}. Give the one to use: {tables[0]}")
    return found


def _of_tables(tables: Mapping[Path, str], reading: Reading, label: str) -> Listing:
    found, skipped, notes = list[Found](), list[SkippedItem](), list[str]()
    for path, split in tables.items():
        images = _images_of(path)
        roles = find_roles(images.cells, images.column, path, label=label, labelled=False)
        said = reading.table(images.cells, roles.unused, label, path)
        rows, others = _sorted_out(images, roles, said, split, reading.noun, path)
        found, skipped = [*found, *rows], [*skipped, *others]
        notes += [*images.cells.notes, _note(images, roles, said)]
    if not found:
        example = f" The first, {skipped[0].name}: {skipped[0].reason}" if skipped else ""
        raise DataError(f"None of the rows of {next(iter(tables))} can be used.{example}")
    return listings.of_files(found, notes=notes, skipped_items=skipped)


def _images_of(path: Path) -> Images:
    cells = read_cells(path)
    images = find_images(cells, path)
    if images is None or not images.place.share:
        raise DataError(
            f"{path} has no column that names images which are there. Found: {', '.join(cells.names[:9])}. Expected "
            "one with names of files, which are beside the table or in a folder near it."
        )
    return images


def _note(images: Images, roles: Roles, said: Written) -> str:
    unused = tuple(name for name in roles.unused if name not in said.columns)
    return replace(roles, label=said.described, unused=unused).said(
        f"Images from the column '{images.column}'{images.place.described()}"
    )


def _sorted_out(
    images: Images, roles: Roles, said: Written, split: str, noun: str, path: Path
) -> tuple[list[Found], list[SkippedItem]]:
    """Return the rows that can be used, and why the others cannot."""
    found, skipped, seen = list[Found](), list[SkippedItem](), dict[str, str | None]()
    rows = zip(images.cells.column(images.column), said.texts, roles.splits, roles.groups, strict=True)
    for name, text, own, group in rows:
        file = images.place.file(name) if name else None
        repeated = (file or name) in seen
        if repeated and seen[file or name] != text:
            raise DataError(f"{path} says of {name} both '{seen[file or name]}' and '{text}'. Keep one row an image.")
        seen[file or name] = text
        if file is None or text is None or repeated:
            reason = _objection(name, noun, path, said=text is not None, repeated=repeated)
            skipped.append(SkippedItem(name, reason, kind="other" if repeated else "image"))
        else:
            found.append(Found(f"{split}/{name}".lstrip("/"), text, split or own, file, group))
    return found, skipped


def _objection(name: str, noun: str, path: Path, *, said: bool, repeated: bool) -> str:
    if not name or not said:
        return f"the row has no {noun if name else 'path'}."
    return (
        "listed more than once; the first row counts." if repeated else f"there is no such file: {path.parent / name}."
    )


def _of_npz(path: Path, reading: Reading, label: str) -> Listing:
    arrays = npz.arrays(path)
    found: Listing = registry.load("sources", "npz_images").read(path, labelled=False)
    said = [reading.arrays(each, label, path) for each in _beside_images(arrays)]
    texts = [text for each in said for text in each.texts]
    if len(texts) != len(found.names) or None in texts:
        raise DataError(f"{path} has {len(found.names)} images and {len(texts)} {reading.noun} for them.")
    written = np.array(texts, np.str_)
    classes = in_order(set(written.tolist()))
    position = {text: number for number, text in enumerate(classes)}
    labels = np.array([position[text] for text in written.tolist()], np.int64)
    notes = [f"{reading.noun.capitalize()} from {', '.join(each.described for each in said)}."]
    return replace(found, labels=labels, classes=classes, notes=(*found.notes, *notes))


def _beside_images(arrays: Arrays) -> Iterator[Arrays]:
    """Yield the arrays that belong to the images of each split, in the order of the listing."""
    images = {_split(name): len(array) for name, array in arrays.items() if array.ndim > 2}
    for split in ("", "train", "validation", "test"):
        if split in images:
            yield {
                name: array
                for name, array in arrays.items()
                if _split(name) == split and array.ndim in (1, 2) and len(array) == images[split]
            }


def _split(name: str) -> str:
    """Return the split that an array's name says: "train" for x_train, train_labels and ytrain."""
    words = re.findall(r"[a-z]+", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower())
    return next(filter(None, (split_of(word) or split_of(word[1:]) for word in words)), "")


def one_array(arrays: Arrays, label: str, path: Path) -> tuple[str, Array]:
    """Return the array of a split that holds the labels, with its name; raises DataError where nothing says which."""
    usual = ("y", "label", "labels", "target", "targets")
    asked = {name: array for name, array in arrays.items() if label.lower() in name.lower()}
    words = {name: {*re.split(r"[^a-z]+", name.lower()), name[:1].lower()} for name in asked}
    called = {name: array for name, array in asked.items() if words[name] & {*usual}}
    fitting = called if len(called) == 1 else asked
    if len(fitting) != 1:
        found = ", ".join(f"{name} {array.shape}" for name, array in arrays.items()) or "none as long as the images"
        raise DataError(f"{path}: nothing says which array holds the labels. Found: {found}. Say which: --label NAME")
    return next(iter(fitting.items()))
