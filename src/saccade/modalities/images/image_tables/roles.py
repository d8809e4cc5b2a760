"""Which columns of a table of images say class, split and group; and what their cells say."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from saccade.core.errors import DataError, unknown
from saccade.core.shell_words import shell_word
from saccade.core.split_names import splits_of
from saccade.modalities.images.image_tables.cells import Cells
from saccade.modalities.images.image_tables.columns import FLOAT, plain, rank
from saccade.modalities.images.multi_label import multi_label, one_label, refuse_label_lists

_LABEL = (
    "class", "classes", "class_name", "classname", "class_label", "label_name", "category", "category_name",
    "categories",
    "target", "targets", "target_name", "species", "breed", "variety", "cultivar", "dx", "diagnosis", "disease",
    "condition", "finding", "finding_labels", "pathology", "defect", "choice", "tags", "tag", "emotion", "expression",
    "scene", "style", "y", "ground_truth", "label_id", "class_id", "category_id", "target_id",
)  # fmt: skip
_SPLIT = ("split", "subset", "set", "data_set", "dataset", "data_split", "partition", "usage", "phase", "fold")
_GROUP = (
    "group", "groups", "group_id", "patient", "patient_id", "patientid", "subject", "subject_id", "subjectid",
    "lesion_id",
)  # fmt: skip

_TRUTH = {"0": False, "1": True, "0.0": False, "1.0": True, "-1": False, "false": False, "true": True}
_MOST_CLASSES_PER_ROW = 0.5
_ENOUGH_ROWS = 20


@dataclass(frozen=True)
class Roles:
    """What the columns beside the one with images say.

    Attributes:
        labels: the class a row; "" where none is said.
        splits: "train", "validation", "test" or "" a row.
        groups: what belongs together a row, or "".
        label: the column of the classes, in quotes, or how several columns say them; "" where none was needed.
        split: the column of the splits, or "".
        group: the column of the groups, or "".
        unused: all other columns.
    """

    labels: list[str]
    splits: list[str]
    groups: list[str]
    label: str
    split: str
    group: str
    unused: tuple[str, ...]

    def said(self, images: str) -> str:
        """Return the sentence that says which columns were taken; `images` is its start."""
        parts = [f"labels from {self.label}"] if self.label else []
        parts += [f"splits from '{self.split}'"] if self.split else []
        parts += [f"groups from '{self.group}'"] if self.group else []
        unused = f"; not used: {', '.join(repr(name) for name in self.unused)}" if self.unused else ""
        return f"{', '.join([images, *parts])}{unused}."


def find_roles(
    cells: Cells, images: str, path: Path, *, label: str = "", labelled: bool = True, lists: Collection[str] = ()
) -> Roles:
    """Return what the columns beside the one with images say.

    Args:
        cells: the table.
        images: the column that names or holds images.
        path: where the table is, for errors.
        label: the column of the classes, where the user names it.
        labelled: false: no column of classes is needed.
        lists: columns that hold lists, and are not among the cells.

    Raises:
        DataError: no column, or more than one, may hold the classes; images have several; or a split is unknown.
    """
    rest = [name for name in cells.names if name != images and any(cells.column(name))]
    label = _asked(label, rest, path) if label else ""
    split = _split_column(cells, [name for name in rest if name != label])
    group = _group_column(cells, [name for name in rest if name not in {label, split}])
    rest = [name for name in rest if name not in {split, group}]
    labels, said, used = _labels(cells, label, rest, images, path, lists) if labelled else ([], "", [])
    empty = [""] * len(cells.rows)
    return Roles(
        labels or empty,
        _splits(cells.column(split), split, path) if split else empty,
        cells.column(group) if group else empty,
        said,
        split,
        group,
        tuple(name for name in rest if name not in used),
    )


def _labels(
    cells: Cells, label: str, names: list[str], images: str, path: Path, lists: Collection[str]
) -> tuple[list[str], str, list[str]]:
    """Return the class a row, how that is said, and the columns that say it."""
    column = label or _label_column(cells, names)
    if column:
        labels = [one_label(text, where=path) for text in cells.column(column)]
        refuse_label_lists(set(labels) - {""}, where=path, column=plain(column))
        _refuse_measures(labels, column, path)
        return labels, f"'{column}'", [column]
    several = [name for name in lists if plain(name) in (*_LABEL, "label", "labels")]
    if several:
        raise multi_label(path, f"the column '{several[0]}' holds lists")
    columns = _one_hot(cells, names, path)
    if not columns:
        raise DataError(_which_label(cells, names, images, path))
    positions = {cells.names.index(name): name for name in columns}
    ones = [next((name for at, name in positions.items() if _TRUTH[row[at].lower()]), "") for row in cells.rows]
    return ones, f"the {len(columns)} columns '{columns[0]}' to '{columns[-1]}'", columns


def _splits(texts: list[str], column: str, path: Path) -> list[str]:
    said = {"": "", **splits_of(set(texts) - {""})}
    for text, split in said.items():
        if text and not split:
            names = ("train", "validation", "test")
            raise DataError(f"In the column '{column}' of {path}: {unknown('split', text, names)}")
    return [said[text] for text in texts]


def _asked(label: str, names: Sequence[str], path: Path) -> str:
    found = [name for name in names if name == label] or [name for name in names if plain(name) == plain(label)]
    if not found:
        near = get_close_matches(label, names, n=1, cutoff=0.5)
        hint = f" Did you mean '{near[0]}'?" if near else ""
        raise DataError(f"{path} has no column '{label}'. Found: {', '.join(names)}.{hint}")
    return found[0]


def _split_column(cells: Cells, names: Sequence[str]) -> str:
    """Return the column whose cells say splits, or that is called 'split'."""
    said = {name: splits_of(set(cells.column(name)) - {""}).values() for name in names}
    known = [name for name, splits in said.items() if all(splits) and (plain(name) in _SPLIT or len(set(splits)) > 1)]
    return next((name for name in (*known, *names) if plain(name) == "split"), known[0] if known else "")


def _group_column(cells: Cells, names: Sequence[str]) -> str:
    known = [name for name in names if plain(name) in _GROUP]
    repeated = [name for name in known if plain(name) == "group" or len(set(cells.column(name))) < len(cells.rows)]
    return min(repeated, key=lambda name: rank(name, _GROUP), default="")


def label_column(cells: Cells, images: str) -> str:
    """Return the one column that can hold the classes of a table of images, or ""."""
    return _label_column(cells, _others(cells, images))


def may_say_classes(cells: Cells, images: str) -> bool:
    """Say whether a table has a column that may hold classes, be it unclear which."""
    names = _others(cells, images)
    return bool(_label_column(cells, names) or _candidates(cells, names) or _truths(cells, names))


def _others(cells: Cells, images: str) -> list[str]:
    """Return the columns that say something, but for images, splits and groups."""
    names = [name for name in cells.names if name != images and any(cells.column(name))]
    split = _split_column(cells, names)
    return [name for name in names if name not in {split, _group_column(cells, names)}]


def _label_column(cells: Cells, names: Sequence[str]) -> str:
    exact = [name for name in names if plain(name) in {"label", "labels"}]
    if exact:
        return exact[0]
    known = sorted((name for name in names if plain(name) in _LABEL), key=lambda name: rank(name, _LABEL))
    if len(known) > 1 and _say_the_same(cells, known):  # a number and a name of each class
        return next((name for name in known if not all(map(_is_number, cells.column(name)))), known[0])
    if known:
        return known[0] if len(known) == 1 else ""
    if len(names) == 1:
        return names[0]
    candidates = _candidates(cells, names)
    return candidates[0] if len(candidates) == 1 and len(_truths(cells, names)) < 2 else ""


def _say_the_same(cells: Cells, names: Sequence[str]) -> bool:
    counts = {len(set(cells.column(name))) for name in names}
    return counts == {len(set(zip(*(cells.column(name) for name in names), strict=True)))}


def _is_number(text: str) -> bool:
    try:
        float(text or "0")
    except ValueError:
        return False
    return True


def _candidates(cells: Cells, names: Sequence[str]) -> list[str]:
    """Return the columns with some values, each in several rows."""
    most = max(2, int(len(cells.rows) * _MOST_CLASSES_PER_ROW))
    values = {name: set(cells.column(name)) - {""} for name in names}
    return [
        name
        for name, found in values.items()
        if 2 <= len(found) <= most and not any(FLOAT.fullmatch(text) for text in found)
    ]


def _refuse_measures(labels: Sequence[str], column: str, path: Path) -> None:
    """Raise a DataError where labels are measurements, or different in most rows."""
    found = set(labels) - {""}
    if len(labels) < _ENOUGH_ROWS or len(found) <= len(labels) * _MOST_CLASSES_PER_ROW:
        return
    what = "numbers that were measured" if all(map(_is_number, found)) else "texts of which most differ"
    raise DataError(
        f"The column '{column}' of {path} holds {len(found)} different values in {len(labels)} rows, {what}, and no "
        "classes. Say which column holds the classes: --label NAME"
    )


def _truths(cells: Cells, names: Sequence[str]) -> list[str]:
    """Return the columns that hold nothing but 0 and 1."""
    return [name for name in names if {text.lower() for text in cells.column(name)} <= _TRUTH.keys()]


def _one_hot(cells: Cells, names: Sequence[str], path: Path) -> list[str]:
    """Return the columns of 0 and 1, one a class; raises DataError where rows have several 1s."""
    columns = _truths(cells, names)
    if len(columns) < 2 or any(plain(name) in _LABEL for name in names):
        return []
    positions = [cells.names.index(name) for name in columns]
    ones = [sum(_TRUTH[row[position].lower()] for position in positions) for row in cells.rows]
    several = sum(one > 1 for one in ones)
    if several and len(columns) == len(names):
        raise multi_label(path, f"{several} of {len(ones)} rows have a 1 in several of its {len(columns)} columns")
    return columns if not several and any(ones) else []


def _which_label(cells: Cells, names: Sequence[str], images: str, path: Path) -> str:
    candidates = [name for name in names if plain(name) in _LABEL] or _candidates(cells, names)
    head = f"{path} has images in the column '{images}'"
    if candidates:
        shown = ", ".join(f"'{name}' ({len(set(cells.column(name)))} values)" for name in candidates[:8])
        option = f"--label {shell_word(candidates[0])}"
        return f"{head}, and nothing says which column holds the classes: {shown}. Say it with {option}"
    rest = f"only {', '.join(names)}" if names else "nothing else"
    near = get_close_matches("label", names, n=1, cutoff=0.5)
    way = shell_word(near[0]) if near else "NAME"
    return f"{head}, but has no column with classes, {rest}. Call it 'label', or say --label {way}"
