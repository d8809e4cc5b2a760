"""What new rows say that no training row said, as findings: a few rows suffice to see it."""

from collections.abc import Iterator, Mapping

from saccade.core.finding import Finding
from saccade.core.shell_words import shell_word
from saccade.drift.drift import LARGE
from saccade.modalities.tables.schema import Schema
from saccade.modalities.tables.unseen import Unseen, changed_constants

SELDOM = 0.01
"""Share of rows below which a new category is only a note: rare ones are always new at first."""


def news(found: Mapping[str, Unseen], schema: Schema, rows: int) -> Iterator[Finding]:
    """Yield a finding a column.

    Args:
        found: by column, what rows say that no training row said.
        schema: of the training rows.
        rows: how many new rows there are.
    """
    for name, sentence in changed_constants(found, schema, rows):
        yield Finding(
            kind="constant_changed",
            severity="severe" if found[name].rows >= LARGE * rows else "warning",
            title=sentence,
            advice="Neither scores nor alarms see it. Train again on rows in which it varies, or keep it as an input: "
            f"{shell_word(f'columns.{name}=number')}, or =category.",
            share=found[name].rows / rows,
            values={"column": name, "rows": found[name].rows, "texts": dict(found[name].texts)},
        )
    for column in schema.columns:
        if column.name in found and column.kind == "category":
            new = found[column.name]
            rare = bool(column.counts) and column.counts[-1] > 0  # of more categories than are told apart
            where = "in training none of the most frequent" if rare else "in no training row"
            yield Finding(
                kind="new_category",
                severity="warning" if new.rows >= SELDOM * rows and not rare else "note",
                title=f"'{column.name}' says in {new.rows:,} of {rows:,} new rows what was {where}: {new.shown()}.",
                advice="The network takes all of them for one category that it does not know. Is it a new spelling?",
                share=new.rows / rows,
                values={"column": column.name, "rows": new.rows, "texts": dict(new.texts)},
            )
