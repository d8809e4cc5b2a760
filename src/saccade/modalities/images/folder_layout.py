"""Layout: which folders of images are splits and which are classes."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from saccade.core.dataset import SPLITS
from saccade.core.errors import DataError
from saccade.core.split_names import USUAL, says_nothing, split_of, splits_of, words_of
from saccade.modalities.images.file_search import has_images, holds_images, subfolders, visible
from saccade.modalities.images.recognition import TABLES
from saccade.modalities.images.unicode_forms import composed

EXPECTED = "Expected <class>/*.jpg, or train/<class>/*.jpg with test/<class>/*.jpg."

_SHOWN = 5  # names in a sentence


@dataclass(frozen=True)
class ClassFolder:
    """A folder whose images are of one class, and of one split or of none ("")."""

    split: str
    name: str
    path: Path


def class_folders(path: Path) -> tuple[list[ClassFolder], list[str]]:
    """Return the class folders by split, in the order of rows, and notes on how the folders were read.

    Raises:
        DataError: the folders can be read in two ways, or are splits without classes.
    """
    folders = subfolders(path)
    kinds = splits_of(folder.name for folder in folders)
    named = {folder: kinds[folder.name] for folder in folders if kinds[folder.name]}
    roots = {root: named[folder] for folder in named if subfolders(root := _root(folder, named[folder]))}
    roots = _below_wrapping(roots)
    others = [folder for folder in folders if folder not in named and holds_images(folder)] if named else []
    if roots:
        _refuse_one_split_beside_others(path, roots, named, others)
        for root in roots:
            _refuse_folds(root)
        return _of_splits(path, roots)
    _refuse_splits_without_classes(path, named, others)
    return _of_classes(path, folders, named)


def _root(folder: Path, kind: str) -> Path:
    """Return where a split's classes lie: archives often wrap a split in itself, or in "images"."""
    while (inner := _only(folder)) and (
        split_of(inner.name) == kind or says_nothing(inner.name) or inner.name == folder.name
    ):
        folder = inner
    return folder


def _only(folder: Path) -> Path | None:
    """Return the only folder in a folder that holds images, when no image lies beside it."""
    if has_images(folder):
        return None
    held = list(islice(filter(holds_images, subfolders(folder)), 2))
    return held[0] if len(held) == 1 else None


def _below_wrapping(roots: dict[Path, str]) -> dict[Path, str]:
    """Return the splits' folders below a folder of whatever name, when each split has but that and it holds several."""
    inner = {found: kind for root, kind in roots.items() if (found := _only(root))}
    several = all(len(_holding(found)) > 1 and not has_images(found) for found in inner)
    return inner if inner and len(inner) == len(roots) and several else roots


def _divisions(folder: Path) -> list[str]:
    """Return the names of the folders that a folder is divided into, however it wraps them; none where it is not."""
    while inner := _only(folder):
        folder = inner
    return [] if has_images(folder) else [composed(each.name) for each in _holding(folder)]


def _holding(folder: Path) -> list[Path]:
    return list(filter(holds_images, subfolders(folder)))


def _of_splits(path: Path, roots: dict[Path, str]) -> tuple[list[ClassFolder], list[str]]:
    found = [
        ClassFolder(kind, composed(inner.name), inner) for root, kind in roots.items() for inner in subfolders(root)
    ]
    found.sort(key=lambda folder: SPLITS.index(folder.split))
    return found, [*_read_as(path, roots), *_same_names(found)]


def _read_as(path: Path, roots: dict[Path, str]) -> list[str]:
    """Say which folder was taken for which split, unless all are called as usual."""
    names = {root: root.relative_to(path).as_posix() for root in roots}
    if all(name.lower() in USUAL for name in names.values()) and len(set(roots.values())) == len(roots):
        return []
    by_kind = {
        kind: [names[root] for root in roots if roots[root] == kind] for kind in SPLITS if kind in roots.values()
    }
    said = [f"{listed(found)} {'is' if len(found) == 1 else 'are'} read as {kind}" for kind, found in by_kind.items()]
    return [f"Folders named like splits are no classes: {', '.join(said)}."]


def _same_names(folders: Sequence[ClassFolder]) -> list[str]:
    """Say which folders count as one class, though the disk has two of that name."""
    counts = Counter((folder.split, folder.path.parent, folder.name) for folder in folders)
    twice = sorted({name for (_, _, name), count in counts.items() if count > 1})
    return [f"Folders whose names differ only in their Unicode form count as one class: {listed(twice)}."] * bool(twice)


def _refuse_one_split_beside_others(
    path: Path, roots: dict[Path, str], named: dict[Path, str], others: Sequence[Path]
) -> None:
    """Ask what a single split is, when the folders beside it may be its fellow classes, or splits by other names."""
    if others and len(named) == 1:
        name, inner = next(iter(named)).name, subfolders(next(iter(roots)))
        raise DataError(
            f"{path} has '{name}', named like a split and with folders in it ({listed(f.name for f in inner)}), "
            f"beside {listed(f.name for f in others)}, which say no split. If these are splits, name them train, "
            f"validation or test; if all are classes, rename '{name}'; else move them away."
        )


def _refuse_splits_without_classes(path: Path, named: dict[Path, str], others: Sequence[Path]) -> None:
    """Refuse images in splits that nothing labels; "train" alone beside others may be a class of vehicles."""
    loose = [folder for folder in named if holds_images(folder)]
    if not loose or (others and all(folder.name.casefold() == "train" for folder in loose)):
        return
    names = listed(folder.name for folder in loose)
    if others and len(loose) == 1:
        raise DataError(
            f"{path} has {names}, named like a split but without class folders in it, beside "
            f"{listed(folder.name for folder in others)}. If it is a class, rename it; if not, move it away."
        )
    raise DataError(
        f"{path} has images in {names}, named like {'a split' if len(loose) == 1 else 'splits'}, but no class "
        f"folders in there: nothing says what they show. {EXPECTED} Or give a table of their labels, with the columns "
        f"path,label[,split].{tables_in(path)}"
    )


def tables_in(path: Path) -> str:
    """Return a hint at the tables in a folder, which may say what the images show; "" where there are none."""
    found = [str(entry) for entry in visible(path) if entry.name.lower().endswith(TABLES)]
    way = "name it in place of the folder (unpack an archive first)"
    return f" There is {listed(found)}: {way}." if found else ""


def _of_classes(path: Path, folders: Sequence[Path], named: dict[Path, str]) -> tuple[list[ClassFolder], list[str]]:
    """Return the folders as classes, or what lies in them as splits of each class."""
    loose = set(filter(has_images, folders))
    inner = {folder: held for folder in folders if folder not in loose and (held := _holding(folder))}
    outer = [folder for folder in folders if folder in loose or folder in inner]
    _refuse_class_and_split_in_a_name(path, outer)
    if len(outer) == 1 and says_nothing(outer[0].name) and (hint := tables_in(path)):
        raise DataError(f"{path} has images in '{outer[0].name}', but no class folders.{hint}")
    if len(inner) > 1 and not loose:
        kinds = splits_of({name.name for held in inner.values() for name in held})
        if all(kinds.values()):
            _refuse_several_data_sets(path, outer, inner)
            return _of_split_classes(outer, inner, kinds)
    divided = {folder: names for folder in inner if (names := _divisions(folder))}
    _refuse_same_folders(path, outer, divided)
    _refuse_word_of_split(path, outer, divided)
    found = [ClassFolder("", composed(folder.name), folder) for folder in folders]
    notes = [
        f"'{folder.name}' is read as a class, not as a split: it has no class folders in it."
        for folder in named
        if folder in loose
    ]
    if divided:
        notes.append(f"All images in the folders of {listed(folder.name for folder in divided)} belong to that class.")
    return found, [*notes, *_same_names(found)]


def _of_split_classes(
    outer: Sequence[Path], inner: dict[Path, list[Path]], kinds: dict[str, str]
) -> tuple[list[ClassFolder], list[str]]:
    """Return classes that have their own splits in them: cat/train, cat/test, dog/train, dog/test."""
    found = [
        ClassFolder(kinds[split.name], composed(folder.name), split) for folder in outer for split in inner[folder]
    ]
    found.sort(key=lambda folder: SPLITS.index(folder.split))
    names = listed(sorted(kinds))
    return found, [f"The classes are the outer folders; the folders in them, {names}, are read as splits."]


def _refuse_several_data_sets(path: Path, outer: Sequence[Path], inner: dict[Path, list[Path]]) -> None:
    if any(_holding(split) for held in inner.values() for split in held):
        raise DataError(
            f"{path} has several data sets, each with its own splits: {listed(folder.name for folder in outer)}. "
            f"Name one of them: {outer[0]}."
        )


def _refuse_class_and_split_in_a_name(path: Path, outer: Sequence[Path]) -> None:
    said = [words_of(folder.name) for folder in outer]
    if len({kind for kind, _ in said}) > 1 and all(kind and stem for kind, stem in said):
        kind, stem = said[0]
        raise DataError(
            f"{path} has folders whose names say a class and a split at once: {listed(f.name for f in outer)}. "
            f"Put '{outer[0].name}' into {kind}/{stem}, and so on. {EXPECTED}"
        )


def _refuse_same_folders(path: Path, outer: Sequence[Path], divided: dict[Path, list[str]]) -> None:
    """Refuse folders most of which hold the same ones: the inner may be the classes, and the outer splits or sites."""
    counts = Counter(name for names in divided.values() for name in set(names))
    shared = {name for name, count in counts.items() if count > max(1, len(outer) / 2)}
    if len(shared) > 1 and not _is_series(shared, outer):
        raise DataError(
            f"Folders of {path} ({listed(f.name for f in outer)}) hold the same folders ({listed(sorted(shared))}): "
            "which are the classes? If the inner ones are, name the outer ones train, validation and test, or give a "
            "table with the columns path,label[,split,group]. If the outer ones are, move the images up into them."
        )


def _refuse_folds(split: Path) -> None:
    """Refuse numbered folders in a split that hold the same ones, which are not numbered: fold1/cat, fold2/cat."""
    outer = subfolders(split)
    if _alike(each.name for each in outer):
        divided = {each: names for each in outer if (names := _divisions(each))}
        if not any(map(_alike, divided.values())):
            _refuse_same_folders(split, outer, divided)


def _refuse_word_of_split(path: Path, outer: Sequence[Path], divided: dict[Path, list[str]]) -> None:
    """Refuse a name with a word such as "test" in it, when a folder beside it is divided as splits are."""
    worded = [folder.name for folder in outer if divided and words_of(folder.name)[0]]
    first = next((folder.name for folder, names in divided.items() if not _is_series(names, outer)), "")
    if len(outer) > 1 and worded and first:
        raise DataError(
            f"{path} has {listed(worded)}, which may be a split by its name, and '{first}' with folders in it: is that "
            f"one class, or a split with its classes? Name splits train, validation and test. {EXPECTED}"
        )


def _is_series(names: Collection[str], outer: Sequence[Path]) -> bool:
    """Say whether names are no classes: years, or alike but for their numbers while those of the outer are not."""
    years = all(re.match(r"(19|20)\d\d(?!\d)", name) for name in names)
    return years or (_alike(names) and not _alike(folder.name for folder in outer))


def _alike(names: Iterable[str]) -> bool:
    stems = {re.sub(r"\d+", "", name) for name in names}
    return len(stems) == 1 and any(map(str.isalpha, stems.pop()))


def listed(names: Iterable[str]) -> str:
    """Return the first few names in quotes: 'a', 'b' and 3 more."""
    shown = [f"'{name}'" for name in names]
    if len(shown) > _SHOWN:
        return f"{', '.join(shown[:_SHOWN])} and {len(shown) - _SHOWN} more"
    return " and ".join(filter(None, [", ".join(shown[:-1]), shown[-1]])) if shown else ""
