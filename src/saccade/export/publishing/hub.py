"""The Hugging Face Hub: its own checks of a folder, and the upload. Needs `huggingface_hub`, the extra `hub`."""

import re
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from saccade.core.errors import PublishingError, not_installed
from saccade.core.shell_words import shell_word
from saccade.export.publishing.hub_folder import HubFolder

try:
    import huggingface_hub
    import huggingface_hub.utils

    library: ModuleType | None = huggingface_hub
except ModuleNotFoundError:
    library = None

LONGEST_NAME = 96
"""Characters of OWNER/NAME."""

WORD = re.compile(r"[A-Za-z0-9_]([\w.-]*[A-Za-z0-9_])?", re.ASCII)
"""The owner, or the name after the slash."""

HEADLINE = 200
"""Characters of what the Hub's library says is wrong."""


@dataclass(frozen=True)
class Checked:
    """What the Hub's own library finds of a card.

    Attributes:
        results: numbers in its model index, which the Hub shows beside the card.
        has_licence: whether it names one, which the Hub asks for.
    """

    results: int
    has_licence: bool


def check_name(name: str) -> None:
    """Raise PublishingError when the Hub would not take a name; its library is not needed to see that."""
    if "/" not in name:
        raise PublishingError(f"{name!r} says no owner. Write it as OWNER/NAME, such as me/{name or 'leaves'}.")
    owner, _, repository = name.partition("/")
    if len(name) > LONGEST_NAME or not all(_is_word(word) for word in (owner, repository)):
        raise PublishingError(
            f"{name!r} is no name for the Hub. Write it as OWNER/NAME with one slash, each of letters, digits, '-', "
            f"'_' and '.', which stand singly and neither first nor last, {LONGEST_NAME} characters in all."
        )


def _is_word(text: str) -> bool:
    return bool(WORD.fullmatch(text)) and not re.search(r"--|\.\.", text) and not text.endswith(".git")


def check_card(folder: HubFolder) -> Checked:
    """Return what the Hub's library reads of the model card.

    Raises:
        PublishingError: it cannot read it.
        MissingPackageError: it is not installed.
    """
    hub = _needed()
    try:
        card = hub.ModelCard(folder.card, ignore_metadata_errors=False)
        data = card.data.to_dict()
    except Exception as error:  # of YAML, of its own types, of assertions in it
        raise PublishingError(f"The Hub would not take {folder.path / 'README.md'}: {_first_line(error)}") from error
    return Checked(len(card.data.eval_results or ()), "license" in data)


def token() -> str | None:
    """Return the token of this user, from HF_TOKEN or `hf auth login`; None where there is none."""
    found: str | None = _needed().get_token()
    return found


def upload(folder: HubFolder, name: str, *, public: bool, client: Any = None) -> str:
    """Upload a folder and return its address; a new repository is private unless it is to be public.

    Args:
        folder: what `hub_folder.prepare` made.
        name: OWNER/NAME.
        public: whether everybody may see a repository that is made now; one that exists stays as it is.
        client: an `HfApi` to use instead.

    Raises:
        PublishingError: the Hub refuses, or cannot be reached; the folder stays, and it says how to go on.
    """
    hub = _needed()
    api = client or hub.HfApi()
    try:
        hub.ModelCard(folder.card).validate()  # asks the Hub
        address = api.create_repo(name, private=not public, exist_ok=True)
        api.upload_folder(repo_id=name, folder_path=str(folder.path), commit_message="Upload with Saccade")
    except Exception as error:  # of the network, of the Hub, of its library
        raise PublishingError(
            f"The upload to {name} failed: {_first_line(error)} The folder is ready in {folder.path}. When that is "
            f"mended: {upload_command(folder, name)}"
        ) from error
    return str(address)


def upload_command(folder: HubFolder, name: str) -> str:
    """Return what uploads the folder by hand."""
    return f"hf upload {shell_word(name)} {shell_word(folder.path)} ."


def _needed() -> ModuleType:
    if library is None:
        raise not_installed("huggingface_hub")
    return library


def _first_line(error: BaseException) -> str:
    text = " ".join((str(error) or type(error).__name__).split())[:HEADLINE]
    return text if text.endswith(".") else f"{text}."
