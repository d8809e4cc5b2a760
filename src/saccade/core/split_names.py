"""Names of splits: what people call training, validation and test, in folders and in tables."""

import re
import unicodedata
from collections.abc import Iterable

USUAL = ("train", "val", "valid", "validation", "test")
"""The names that need no word about how they were read."""

_WORDS = {
    "train": ("train", "training", "trn"),
    "validation": ("val", "valid", "validate", "validating", "validation", "dev", "devel", "development", "tuning"),
    "test": ("test", "testing", "tst", "holdout", "heldout", "unseen"),
    "evaluation": ("eval", "evaluate", "evaluating", "evaluation"),
}
"""By what they say; evaluation is validation for some (train, eval, test), test for others (train, val, eval)."""

_IMAGES = (
    "set|sets|data|image|images|img|imgs|picture|pictures|pic|pics|photo|photos|file|files|folder|dir|jpg|jpeg|png"
)
"""Words for any folder of images, which are no classes either."""

_FILLER = (
    f"{_IMAGES}|split|splits|part|partition|subset|sample|samples|example|examples|my|the|raw|new|final|full|orig|"
    "original|crop|cropped|resized|aug|augmented|clean|small|large|mini|labeled|labelled|public|private|blind|seg|x|y|ds"
)
"""What may stand around. No two of these words in a row make a third, so that the patterns never search for long."""

_KINDS = {word: kind for kind, words in _WORDS.items() for word in words}
_WORD = "|".join(_KINDS)
_NAME = re.compile(rf"(?:{_FILLER}|{_WORD})+")
_PIECE = re.compile(rf"(?:({_WORD})|{_FILLER})(?=(?:{_FILLER}|{_WORD})*$)")
_LONGEST = 60  # letters; no name of a split is longer


def split_of(name: str) -> str:
    """Return "train", "validation" or "test" where a name says one, else "".

    Case, digits, separators and the words around are ignored: "Training", "01_train", "seg_test", "valset". What says
    training and validation at once ("trainval") is training. For names that stand side by side see `splits_of`.
    """
    kind = _kind(name)
    return "validation" if kind == "evaluation" else kind


def splits_of(names: Iterable[str]) -> dict[str, str]:
    """Return the split that each name says in the company of the others, "" for none.

    "evaluation" is validation where another name says test, else test. "fruits_train" and "fruits_test" are splits,
    as they share the rest of the name; "positive test" and "negative test" are none.
    """
    kinds = {name: _kind(name) for name in dict.fromkeys(names)}
    kinds |= _of_one_stem([name for name, kind in kinds.items() if not kind])
    evaluation = "validation" if "test" in kinds.values() else "test"
    return {name: evaluation if kind == "evaluation" else kind for name, kind in kinds.items()}


def words_of(name: str) -> tuple[str, str]:
    """Return the split that a word of a name says and the other words: ("train", "fruits") of "fruits_train"."""
    words = re.findall(r"[^\W\d_]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", unicodedata.normalize("NFKC", name)))
    said = [word for word in words if _kind(word)]
    kind = _kind("".join(said))
    return kind, " ".join(word.casefold() for word in words if not _NAME.fullmatch(word.casefold())) if kind else ""


def says_nothing(name: str) -> bool:
    """Say whether a name holds only words such as "images" and "data", which describe no class."""
    return re.fullmatch(f"(?:{_IMAGES})+", _letters(name)) is not None


def _letters(name: str) -> str:
    return "".join(filter(str.isalpha, unicodedata.normalize("NFKC", name).casefold()))[: _LONGEST + 1]


def _kind(name: str) -> str:
    letters = _letters(name)
    if len(letters) > _LONGEST or not _NAME.fullmatch(letters):
        return ""
    said = {_KINDS[piece[1]] for piece in _PIECE.finditer(letters) if piece[1]}
    if said == {"train", "validation"}:
        return "train"
    if said == {"test", "evaluation"}:
        return "test"
    return said.pop() if len(said) == 1 else ""


def _of_one_stem(names: Iterable[str]) -> dict[str, str]:
    """Return what names say that differ only in it, when training is among it and no other rest of a name is."""
    said = {name: words_of(name) for name in names}
    stems = {stem for kind, stem in said.values() if kind}
    kinds = {name: kind for name, (kind, _) in said.items() if kind}
    return kinds if len(stems) == 1 and "train" in kinds.values() and len(set(kinds.values())) > 1 else {}
