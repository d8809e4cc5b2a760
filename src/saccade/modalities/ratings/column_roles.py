"""Which column of a table says who, what, how high, when, and what it is called: by its name, else by its cells."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from saccade.core.errors import DataError, unknown

ROLES = ("user", "item", "rating", "time", "title")
NONE = "none"
"""Said of a column that a person does not want, though there is one."""

_NAMES = {
    "user": (
        *("user", "userid", "userno", "uid", "usr", "username", "reviewer", "reviewerid", "customer", "customerid"),
        *("client", "clientid", "member", "memberid", "account", "accountid", "person", "personid", "visitor"),
        *("visitorid", "profile", "profileid", "profilename", "reader", "readerid", "viewer", "viewerid", "rater"),
        *("raterid", "authorid", "cookie", "session", "sessionid", "nutzer", "nutzerid", "benutzer", "benutzerid"),
        *("kunde", "kundeid", "kundennr", "kundennummer", "utilisateur", "utilisateurid", "usuario", "usuarioid"),
        *("cliente", "clienteid", "utente", "utenteid", "usuário"),
    ),
    "item": (
        *("item", "itemid", "itemno", "iid", "movie", "movieid", "film", "filmid", "product", "productid", "asin"),
        *("parentasin", "book", "bookid", "isbn", "song", "songid", "track", "trackid", "artist", "artistid", "album"),
        *("albumid", "game", "gameid", "appid", "business", "businessid", "restaurant", "restaurantid", "recipeid"),
        *("anime", "animeid", "joke", "jokeid", "article", "articleid", "sku", "articleno", "place", "placeid", "beer"),
        *("beerid", "beerbeerid", "content", "contentid", "show", "showid", "episodeid", "podcastid", "course"),
        *("courseid", "wine", "wineid", "doc", "docid", "artikel", "artikelid", "artikelnr", "artikelnummer"),
        *("produkt", "produktid", "produktnr", "buch", "produit", "produitid", "livre", "producto", "productoid"),
        *("libro", "película", "pelicula", "prodotto", "produto"),
    ),
    "rating": (
        *("rating", "ratings", "score", "scores", "stars", "star", "starrating", "overall", "rate", "bookrating"),
        *("userrating", "reviewrating", "reviewscore", "reviewoverall", "preference", "grade", "points", "vote"),
        *("ratingvalue", "myrating", "ratingscore", "bewertung", "bewertungen", "sterne", "punkte"),
        *("étoiles", "etoiles", "puntuación", "puntuacion", "calificación", "calificacion", "valoración"),
        *("valoracion", "estrellas", "valutazione", "voto", "stelle", "avaliação", "avaliacao", "nota"),
    ),
    "time": (
        *("timestamp", "time", "date", "datetime", "unixreviewtime", "unixtime", "ratedat", "createdat", "createdate"),
        *("reviewtime", "reviewdate", "dateadded", "ratingdate", "tstamp", "ts", "when", "ratedon", "created"),
        *("datum", "zeitpunkt", "zeit", "fecha", "horodatage"),
    ),
    "title": ("title", "movietitle", "itemtitle", "booktitle", "filmtitle", "itemname", "productname", "productttile",
              "moviename", "filmname", "bookname", "name", "songtitle", "trackname", "artistname", "gamename"),
}  # fmt: skip
_SHOWN = 8  # columns that are not used
_MOST_LEVELS = 25  # different numbers that can be ratings, where only the cells say it
_FIRST_MOMENT = 100_000_000  # seconds since 1970: smaller numbers are no times, where only the cells say it


@dataclass(frozen=True)
class Roles:
    """The columns, by their names in the file; "" where there is none.

    Attributes:
        user, item, rating, time, title: a column each.
        by: how each was found: "asked", "name" or "content".
        unused: all other columns of the file.
    """

    user: str
    item: str
    rating: str = ""
    time: str = ""
    title: str = ""
    by: Mapping[str, str] | None = None
    unused: tuple[str, ...] = ()

    @property
    def columns(self) -> dict[str, str]:
        """The columns that there are, by their role."""
        return {role: column for role in ROLES if (column := getattr(self, role))}

    def described(self) -> str:
        """Return what was taken for what, a sentence."""
        found = ", ".join(f"'{column}' as {role}" for role, column in self.columns.items())
        more = len(self.unused) - _SHOWN
        unused = ", ".join(f"'{column}'" for column in self.unused[:_SHOWN]) + (f" and {more:,} more" * (more > 0))
        rest = ["none has ratings"] * (not self.rating) + [f"not used: {unused}"] * bool(self.unused)
        return f"{'; '.join([f'Columns: {found}', *rest])}."


def by_names(names: Sequence[str]) -> dict[str, str]:
    """Return the columns whose names say what they are, by role; a better name comes before another one."""
    plain: dict[str, str] = {}
    for name in names:
        plain.setdefault(re.sub(r"[\W_]+", "", name.casefold()), name)
    found = {role: next((plain[name] for name in known if name in plain), "") for role, known in _NAMES.items()}
    return {role: name for role, name in found.items() if name}


def settle(
    names: Sequence[str], first: pl.DataFrame, *, asked: Mapping[str, str], source: str, may_guess: bool = True
) -> Roles:
    """Return which column is what.

    Args:
        names: of all columns, in their order.
        first: the first rows, all cells as text.
        asked: what a person said, by role; "none" for a column that shall not be used.
        source: for messages.
        may_guess: whether the cells may say it where the names do not.

    Raises:
        UnknownNameError: there is no column that a person named.
        DataError: nobody can know who rated what; says how to say it.
    """
    own = {role: name for role, name in asked.items() if name and name != NONE}
    for name in own.values():
        if name not in names:
            raise unknown(f"column of {source}", name, names)
    free = [name for name in names if name not in own.values()]
    found = {**by_names(free), **own}
    found = {role: name for role, name in found.items() if asked.get(role) != NONE}
    ways = {role: "asked" if role in own else "name" for role in found}
    if may_guess and not {"user", "item"} <= found.keys():
        guessed = {role: name for role, name in _by_content(first, found).items() if asked.get(role) != NONE}
        ways |= dict.fromkeys(guessed, "content")
        found |= guessed
    _refuse_unknown(found, names, source)
    return Roles(**found, by=ways, unused=tuple(name for name in names if name not in found.values()))


def _by_content(first: pl.DataFrame, found: Mapping[str, str]) -> dict[str, str]:
    """Return the roles of three or four columns that their cells give away: few small numbers, moments, and ids."""
    left = [name for name in first.columns if name not in found.values()]
    if len(first.columns) > 4:
        return {}
    made: dict[str, str] = {}
    for role, is_such in (("time", _may_be_times), ("rating", _may_be_ratings)):
        fit = [name for name in left if is_such(first[name])]
        if role not in found and fit and len(left) > 2 - len({"user", "item"} & found.keys()):
            made[role] = fit[-1]
            left.remove(fit[-1])
    for role in ("user", "item"):
        if role not in found and left:
            made[role] = left.pop(0)
    return made


def _may_be_times(cells: pl.Series) -> bool:
    numbers = cells.drop_nulls().cast(pl.Float64, strict=False)
    return bool(
        len(numbers) and not numbers.null_count() and (numbers > _FIRST_MOMENT).all() and numbers.n_unique() > 1
    )


def _may_be_ratings(cells: pl.Series) -> bool:
    numbers = cells.drop_nulls().cast(pl.Float64, strict=False)
    if not len(numbers) or numbers.null_count() or not np.isfinite(numbers.to_numpy()).all():
        return False
    return bool(numbers.n_unique() <= _MOST_LEVELS and numbers.abs().max() <= 100)  # type: ignore[operator]


def _refuse_unknown(found: Mapping[str, str], names: Sequence[str], source: str) -> None:
    missing = [role for role in ("user", "item") if role not in found]
    if missing:
        shown = ", ".join(f"'{name}'" for name in names[:8]) + (" …" if len(names) > 8 else "")
        said = {"user": "who rated", "item": "what was rated"}
        raise DataError(
            f"No column of {source} says {' or '.join(said[role] for role in missing)} (found {shown}). "
            f"Say which: {' '.join(f'--{role}-column NAME' for role in missing)}."
        )
    if found["user"] == found["item"]:
        raise DataError(f"'{found['user']}' of {source} cannot be both the user and the item. Name another column.")
