"""What files are that are not read: by their ending, before they are opened, and by their first bytes after."""

import importlib
import importlib.util
import os
from functools import cache

from PIL import features

from saccade.core.dataset import SkippedItem
from saccade.modalities.images import tiff

READ = "JPEG, PNG, BMP, GIF, WebP, TIFF, AVIF and, with the package pi-heif, HEIC"
"""The formats that are read, for people."""

SUFFIXES = frozenset(
    (".jpg", ".jpeg", ".jpe", ".jfif", ".jif", ".png", ".apng", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".avif")
) | frozenset((".mpo", ".heic", ".heif", ".hif"))
"""File name endings that are taken for images in a folder."""

_HEIC = frozenset((".heic", ".heif", ".hif"))

_RAW = frozenset(
    (".3fr", ".arw", ".cr2", ".cr3", ".crw", ".dcr", ".dng", ".erf", ".iiq", ".kdc", ".mef", ".mos", ".mrw", ".nef")
) | frozenset((".nrw", ".orf", ".pef", ".raf", ".raw", ".rw2", ".rwl", ".sr2", ".srf", ".srw", ".x3f"))

_CONVERTED = (
    frozenset((".ai", ".cur", ".dcm", ".dds", ".dib", ".emf", ".eps", ".exr", ".fits", ".fit", ".hdr", ".icns", ".ico"))
    | frozenset((".j2c", ".j2k", ".jls", ".jp2", ".jpf", ".jpx", ".jxl", ".jxr", ".npy", ".pbm", ".pcx", ".pfm"))
    | frozenset((".pgm", ".pnm", ".ppm", ".psb", ".psd", ".ras", ".sgi", ".svg", ".svgz", ".svs", ".tga", ".wdp"))
    | frozenset((".wmf", ".xbm", ".xcf", ".xpm"))
)

_STARTS = {
    b"\0\0\0\x0cjP  ": "JPEG 2000",
    b"\xff\x4f\xff\x51": "JPEG 2000",
    b"\0\0\0\x0cJXL ": "JPEG XL",
    b"\xff\x0a": "JPEG XL",
    b"8BPS": "Photoshop (PSD)",
    b"<svg": "SVG",
    b"%PDF": "PDF",
    b"%!PS": "PostScript (EPS)",
    b"\0\0\1\0": "ICO",
    b"P1\n": "PBM",
    b"P2\n": "PGM",
    b"P3\n": "PPM",
    b"P4\n": "PBM",
    b"P5\n": "PGM",
    b"P6\n": "PPM",
    b"P7\n": "PAM",
    b"v/1\x01": "OpenEXR",
    b"#?RADIANCE": "Radiance HDR",
    b"DDS ": "DDS",
    b"gimp xcf": "GIMP (XCF)",
    b"\x93NUMPY": "a NumPy array",
    b"FUJIFILMCCD-RAW": "camera raw (RAF)",
    b"IIRO": "camera raw (ORF)",
    b"IIRS": "camera raw (ORF)",
    b"MMOR": "camera raw (ORF)",
    b"IIU\0": "camera raw (RW2)",
    b"\x1f\x8b": "a packed file (gzip)",
    b"PK\x03\x04": "an archive (ZIP)",
}
_TEXT = frozenset(b"\t\n\r\f") | frozenset(range(32, 127))
_READ_STARTS = (b"\xff\xd8", b"\x89PNG", b"GIF8", b"BM")
_READ_BRANDS = (b"avi", b"mif", b"msf", b"hei", b"hev")


def ending(name: str) -> str:
    """Return what a file's name ends with, in small letters; "" where it has no ending."""
    # os.path and text, not pathlib, where it is done 60,000 times: a quarter of the time
    return os.path.splitext(name)[1].lower()  # noqa: PTH122


@cache
def heic_package() -> str:
    """Return the installed package that reads HEIC, or "": pi-heif, or pillow-heif, its duplicate that also writes."""
    return next((name for name in ("pi_heif", "pillow_heif") if importlib.util.find_spec(name)), "")


def register_heic() -> bool:
    """Let Pillow read HEIC, and say whether it now does: where the package for it is installed."""
    package = heic_package()
    if package:
        importlib.import_module(package).register_heif_opener(thumbnails=False)
    return bool(package)


def is_heic(content: bytes) -> bool:
    """Say by its first bytes whether a file is HEIC, whatever its name: phones send it as .jpg too."""
    length = int.from_bytes(content[:4])
    brands = {content[at : at + 3] for at in range(8, min(length, 256), 4)}
    return content[4:8] == b"ftyp" and bool(brands & {b"hei", b"hev"})


def is_raw(content: bytes) -> bool:
    """Say whether a TIFF file is a camera raw file, by a mark or by a first page that is but a smaller copy."""
    if content[8:10] == b"CR":
        return True
    tags = next(tiff.directories(content, most=1), {})
    return bool(tags.get(tiff.SUBFILE, 0) & 1) and tiff.INNER_DIRECTORIES in tags


def skipped_by_ending(name: str) -> SkippedItem | None:
    """Return why a file of this name is not opened; None for one that is.

    Camera raw files are told by their name alone: many are TIFF files whose first page is a thumbnail.
    """
    suffix = ending(name)
    if suffix in SUFFIXES and (suffix not in _HEIC or heic_package()):
        return None
    if suffix in _HEIC:
        return SkippedItem(name, f"{suffix}: {NO_HEIC}", kind="format")
    if suffix in _RAW:
        return SkippedItem(name, f"{suffix}: camera raw is not read; export it as JPEG or TIFF.", kind="format")
    if suffix in _CONVERTED:
        return SkippedItem(name, f"{suffix}: not read; convert it to PNG or TIFF.", kind="format")
    return SkippedItem(name, f"no image by its name: {suffix or 'no ending'}.", kind="other")


NO_HEIC = "not readable without the package pi-heif; install it with: pip install pi-heif."


def described(content: bytes, *, rare: str = "") -> str:
    """Return what a file that cannot be read seems to be, and what to do; `rare` is what its header says it is."""
    if kind := _known(content):
        return f"{kind} is not read. Convert it to PNG or TIFF."
    if rare:
        return f"a {rare}, which cannot be read. Convert it to a PNG of 8 or 16 bits first."
    if _begins_as_read(content):
        return "the start of the image is damaged or cut short."
    what = "not an image: it looks like text" if set(content[:64]) <= _TEXT else "not an image of a known format"
    return f"{what}. Readable are {READ}."


def _begins_as_read(content: bytes) -> bool:
    """Say whether the first bytes are those of a format that is read."""
    in_riff = content[:4] == b"RIFF" and content[8:12] in {b"WEBP", b""}
    return content.startswith(_READ_STARTS) or tiff.is_tiff(content) or in_riff or content[4:8] == b"ftyp"


def _known(content: bytes) -> str:
    """Return the name of a format by its first bytes; "" where it is one that is read, or not known."""
    if content[4:8] == b"ftyp" and content[8:11] not in _READ_BRANDS:
        return "camera raw (CR3)" if content[8:11] == b"crx" else "a film"
    if content[4:8] == b"ftyp" and not is_heic(content) and not features.check("avif"):
        return "AVIF, with a Pillow that was built without it,"
    if content[:4] == b"RIFF" and content[8:12] not in {b"WEBP", b""}:
        return "a film or sound (RIFF)"
    if content[:5] == b"<?xml" and b"<svg" in content[:4096]:
        return "SVG"
    if content[128:132] == b"DICM":
        return "DICOM"
    return next((kind for start, kind in _STARTS.items() if content.startswith(start)), "")
