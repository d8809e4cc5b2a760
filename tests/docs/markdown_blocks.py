"""The fenced blocks of a Markdown page, in their order."""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"

PAGES = {
    path.relative_to(ROOT).as_posix(): path
    for path in (ROOT / "README.md", *sorted(DOCS.rglob("*.md")))
    if not {"_build", "_ext", "tutorials", "tutorials_built"} & set(path.relative_to(ROOT).parts)
}
"""Every page that people write, by its path in the repository; not the model cards that tutorials leave."""

_FENCE = re.compile(r"^(?P<fence>`{3,})(?P<language>[^\n`]*)\n(?P<body>.*?)^(?P=fence)\s*$", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A fenced block: the word behind its fence, what is in it, and its first line's number."""

    language: str
    body: str
    line: int

    @property
    def file(self):
        """The file that its first line names in a comment: "# photos.yaml"; None without one."""
        found = re.match(r"# (\S+\.(?:py|yaml|toml))\n", self.body)
        return found[1] if found else None


def blocks(text):
    """Return the blocks of a page."""
    return [
        Block(found["language"].strip(), found["body"], text[: found.start()].count("\n") + 2)
        for found in _FENCE.finditer(text)
    ]


def prose(text):
    """Return a page without what directives make of it: the words that a person wrote."""
    return _FENCE.sub(lambda found: "" if found["language"].startswith("{") else found[0], text)


def commands(body):
    """Yield (line of a shell block without its comment, the comment); lines that end in a backslash are joined."""
    for line in body.replace("\\\n", " ").splitlines():
        command, _, comment = line.partition("#") if re.search(r"(^|\s)#", line) else (line, "", "")
        if command.strip():
            yield command.strip(), comment.strip()
