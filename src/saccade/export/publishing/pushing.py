"""Run → the Hugging Face Hub: prepare the folder, check it, and upload it where that can be done."""

from dataclasses import dataclass

from saccade.core.errors import MissingPackageError
from saccade.core.run import Run
from saccade.core.safe_json import Json
from saccade.export.publishing import hub, licences
from saccade.export.publishing.hub_folder import HubFolder, Note, prepare

PLACEHOLDER = "OWNER/NAME"


@dataclass(frozen=True)
class Pushed:
    """How a push ended.

    Attributes:
        folder: what was prepared.
        checked: what the Hub's library read of the card; None where it is not installed.
        address: where it was uploaded; "" where it was not.
        command: what uploads it by hand.
    """

    folder: HubFolder
    checked: hub.Checked | None
    address: str
    command: str

    def to_dict(self) -> Json:
        """Return plain values for JSON."""
        return {
            "folder": str(self.folder.path),
            "files": list(self.folder.files),
            "checked": self.checked is not None,
            "address": self.address,
            "command": self.command,
        }


def push(
    run: Run,
    name: str = "",
    *,
    licence: str = "",
    public: bool = False,
    with_report: bool = False,
    dry_run: bool = False,
    note: Note = lambda text: None,
) -> Pushed:
    """Prepare the folder hub/ of a run, check its card, and upload it where it has a name and the user a token.

    Args:
        run: a run with a network.
        name: OWNER/NAME on the Hub; "" uploads nothing.
        licence: of the weights: "apache-2.0".
        public: make a new repository public; else it is private.
        with_report: add the report, which shows images of the data.
        dry_run: upload nothing.
        note: is told what is missing, a sentence each.

    Raises:
        PublishingError: the name or the card is not as the Hub wants it, or the upload failed; the folder stays.
        RunError: the run has no network.
    """
    if name:
        hub.check_name(name)
    if doubt := licences.doubt(licence):
        note(doubt)
    folder = prepare(run, licence=licence, with_report=with_report, note=note)
    command = hub.upload_command(folder, name or PLACEHOLDER)
    try:
        checked = hub.check_card(folder)
    except MissingPackageError as error:
        note(f"Nobody checked the card as the Hub will: {error}")
        return Pushed(folder, None, "", command)
    if not checked.has_licence:
        note("The card names no licence, so nobody may use the weights. Choose one: --licence apache-2.0")
    if not name or dry_run:
        return Pushed(folder, checked, "", command)
    if hub.token() is None:
        note("There is no token for the Hub, so nothing was uploaded. Get one with: hf auth login (or set HF_TOKEN)")
        return Pushed(folder, checked, "", command)
    return Pushed(folder, checked, hub.upload(folder, name, public=public), command)
