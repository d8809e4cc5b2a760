"""Ratings are read from whatever people have them in, and what cannot be used is said in a sentence."""

import gzip

import numpy as np
import polars as pl
import pytest

from saccade.core import recipe as recipes
from saccade.core.errors import DataError, SaccadeError, UnknownNameError
from saccade.tasks.recommendation import terminal
from saccade.tasks.recommendation.reading import load_ratings

HEADER = "userId,movieId,rating,timestamp"


def rows(count=30, *, users=6, levels=5):
    """Return (user, item, rating, time) as text, each pair once."""
    return [
        (str(1 + place % users), str(100 + place // users), str(1 + place % levels), str(1_600_000_000 + 60 * place))
        for place in range(count)
    ]


def text(found, *, header=HEADER, separator=","):
    lines = [header.replace(",", separator)] if header else []
    return "\n".join([*lines, *(separator.join(row) for row in found)]) + "\n"


def read(path, **settings):
    return load_ratings(recipes.read("films-rbm", data=str(path), **settings))


@pytest.fixture
def write(tmp_path):
    def write(content, name="ratings.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def tuples(dataset):
    own = dataset.ratings
    return {
        (own.users[user], own.items[item], float(rating))
        for user, item, rating in zip(own.user, own.item, own.rating, strict=True)
    }


EXPECTED = {(user, item, float(rating)) for user, item, rating, _ in rows()}


def parquet(path):
    pl.DataFrame(rows(), schema=["user_id", "item_id", "score", "ts"], orient="row").with_columns(
        pl.col("user_id", "item_id", "ts").cast(pl.Int64), pl.col("score").cast(pl.Float64)
    ).write_parquet(path)


FORMS = {
    "ratings.csv": text(rows()),
    "semicolons.csv": text(rows(), separator=";"),
    "tabs.tsv": text(rows(), separator="\t"),
    "no-header.csv": text(rows(), header=""),
    "amazon.csv": text(rows(), header="reviewerID,asin,overall,unixReviewTime"),
    "u.data": text(rows(), header="", separator="\t"),
    "ratings.dat": text(rows(), header="", separator="::"),
    "packed.csv.gz": gzip.compress(text(rows()).encode()),
    "mark.csv": "\ufeff" + text(rows()),
    "three.csv": text([row[:3] for row in rows()], header="customer,product,stars"),
    "other-order.csv": text([row[::-1] for row in rows()], header="time,score,film,reader"),
}


@pytest.mark.parametrize("name", FORMS)
def test_each_form_gives_the_same_ratings(name, write):
    dataset = read(write(FORMS[name], name))
    assert tuples(dataset) == EXPECTED
    assert dataset.scale.levels == (1, 2, 3, 4, 5)
    assert (dataset.ratings.time is None) == (name == "three.csv")


def test_parquet_gives_the_same_ratings(tmp_path):
    parquet(tmp_path / "ratings.parquet")
    assert tuples(read(tmp_path / "ratings.parquet")) == EXPECTED


def test_the_columns_are_told(write):
    assert "Columns: 'userId' as user, 'movieId' as item, 'rating' as rating" in read(write(text(rows()))).notes[0]


def test_columns_that_no_role_uses_are_named_the_first_of_many(write):
    extra = [f"extra{number}" for number in range(1, 11)]
    found = [(*row, *"x" * len(extra)) for row in rows()]
    note = read(write(text(found, header=f"{HEADER},{','.join(extra)}"))).notes[0]
    named = ", ".join(f"'{column}'" for column in extra[:8])
    assert note.endswith(f"'timestamp' as time; not used: {named} and 2 more.")


def test_odd_names_of_columns_can_be_said(write):
    path = write(text(rows(), header="a,b,c,d"))
    settings = {"user_column": "a", "item_column": "b", "rating_column": "c", "time_column": "d"}
    assert tuples(read(path, **settings)) == EXPECTED


@pytest.mark.parametrize(
    ("name", "titles", "content"),
    [
        ("u.data", "u.item", "100|Amélie (2001)|x\n".encode("latin-1")),
        ("ratings.dat", "movies.dat", "100::Amélie (2001)::Comedy\n".encode("latin-1")),
        ("ratings.csv", "movies.csv", "movieId,title,genres\n100,Amélie (2001),Comedy\n101,Other,-\n".encode()),
    ],
)
def test_movielens_titles_lie_beside_the_ratings_and_a_folder_holds_both(name, titles, content, write, tmp_path):
    write(FORMS[name], name)
    write(content, titles)
    dataset = read(tmp_path)
    assert dataset.ratings.titles[dataset.ratings.items.index("100")] == "Amélie (2001)"
    assert dataset.ratings.titles[-1] == dataset.ratings.items[-1] == "104"


def test_numbers_as_ids_are_sorted_by_value(write):
    assert read(write(text([(u, i, r, t) for u, i, r, t in rows(60, users=12)]))).ratings.users == tuple(
        str(number) for number in range(1, 13)
    )


# What is skipped and said


MALFORMED = {  # rows that are added to good ones: what is said of them
    "no user": ([("", "100", "3", "1")], "does not say who rated"),
    "no item": ([("1", "", "3", "1")], "does not say what was rated"),
    "no rating": ([("9", "100", "", "1")], "has no rating"),
    "NaN": ([("9", "100", "NaN", "1")], "has no rating"),
    "text": ([("9", "100", "good", "1")], "is no number"),
    "infinite": ([("9", "100", "inf", "1")], "off the scale|no number|no rating"),
    "far off": ([("9", "100", "99", "1")], "off the scale from 1 to 5"),
    "below": ([("9", "100", "-50", "1")], "off the scale from 1 to 5"),
    "spaces alone": ([("   ", "100", "3", "1")], "does not say who rated"),
    "null": ([("NULL", "100", "3", "1")], "does not say who rated"),
    "twice": ([("1", "100", "5", "1700000000")], "rated the same item again"),
}


@pytest.mark.parametrize("case", MALFORMED)
def test_a_row_that_cannot_be_used_is_skipped_and_counted(case, write):
    extra, said = MALFORMED[case]
    dataset = read(write(text([*rows(300, users=60), *extra])))
    assert len(dataset.ratings) == 300
    (skipped,) = dataset.skipped_items
    assert skipped.count == 1
    assert any(word in skipped.reason for word in said.split("|"))


def test_of_a_pair_that_is_there_twice_the_last_by_its_time_counts(write):
    again = [("1", "100", "5", "1700000000"), ("1", "100", "2", "1")]
    assert ("1", "100", 5.0) in tuples(read(write(text([*rows(), *again]))))


def test_without_times_the_last_in_the_file_counts(write):
    again = [("1", "100", "5"), ("1", "100", "2")]
    dataset = read(write(text([*(row[:3] for row in rows()), *again], header="user,item,rating")))
    assert ("1", "100", 2.0) in tuples(dataset)
    assert dataset.skipped_items[0].count == 2


def test_a_scale_that_is_said_skips_what_lies_outside(write):
    dataset = read(write(text(rows(60, users=12))), scale="2..5")
    assert dataset.scale.levels == (2, 3, 4, 5)
    assert dataset.skipped_items[0].count == 12


def test_decimal_commas_are_ratings(write):
    found = [(user, item, rating + ",5", time) for user, item, rating, time in rows()]
    dataset = read(write(text(found, separator=";")))
    assert dataset.scale.levels == (1.5, 2.5, 3.5, 4.5, 5.5)


def test_many_different_ratings_become_ten_levels(write):
    found = [(user, item, str(place), time) for place, (user, item, _, time) in enumerate(rows(90, users=9))]
    assert len(read(write(text(found))).scale.levels) == 10


def test_rows_without_ratings_say_that_somebody_took_something(write):
    dataset = read(write(text([row[:2] for row in rows()], header="user,item")))
    assert dataset.scale.is_implicit
    assert any("items are only ranked" in note for note in dataset.notes)


@pytest.mark.parametrize(
    "form", ["2020-01-{:02}", "2020-01-{:02} 10:00:00", "2020-01-{:02}T10:00:00Z", "01 {:02}, 2020"]
)
def test_dates_are_moments(form, write):
    found = [(*row[:3], f'"{form.format(1 + place % 28)}"') for place, row in enumerate(rows())]
    time = read(write(text(found))).ratings.time
    assert time is not None
    assert np.ptp(time) == 27 * 86_400


def test_times_that_cannot_be_read_are_not_used(write):
    dataset = read(write(text([(*row[:3], "lately") for row in rows()])))
    assert dataset.ratings.time is None
    assert any("cannot be read" in note for note in dataset.notes)


# What cannot be used at all


REFUSED = {
    "empty": ("ratings.csv", "", {}, "is empty"),
    "header only": ("ratings.csv", HEADER + "\n", {}, "no rows"),
    "one item": ("ratings.csv", text([(str(n), "1", "3", "1") for n in range(40)]), {}, "1 item"),
    "one user": ("ratings.csv", text([("1", str(n), "3", "1") for n in range(40)]), {}, "1 user"),
    "few": ("ratings.csv", text(rows(5)), {}, "too few"),
    "text ratings": ("ratings.csv", text([(*r[:2], "good", r[3]) for r in rows()]), {}, "are text .'good'"),
    "no ids": ("ratings.csv", text([("", *row[1:]) for row in rows()]), {}, "cannot be used"),
    "no user column": ("ratings.csv", text(rows(), header="a,movieId,b,c"), {"user_column": "none"}, "who rated"),
    "no such column": ("ratings.csv", text(rows()), {"user_column": "userid"}, "Did you mean 'userId'"),
    "one column for both": ("r.csv", text(rows()), {"user_column": "userId", "item_column": "userId"}, "both the user"),
    "two columns of five": ("r.csv", text([(*row, "x") for row in rows()], header="a,b,c,d,e"), {}, "--user-column"),
    "binary": ("ratings.csv", b"PK\x03\x04\0\0", {}, "zip archive"),
    "an image": ("ratings.csv", b"\x89PNG\r\n\0\0", {}, "an image"),
    "no parquet": ("ratings.parquet", b"PAR1nothing", {}, "cannot be read as a Parquet"),
    "damaged gzip": ("ratings.csv.gz", gzip.compress(text(rows()).encode())[:60], {}, "damaged|no rows|breaks off"),
    "a spreadsheet": ("ratings.xlsx", b"PK", {}, "spreadsheet"),
    "empty u.data": ("u.data", b"\n", {}, "is empty"),
    "u.data of commas": ("u.data", text(rows(), header=""), {}, "not laid out as MovieLens"),
    "binary u.data": ("u.data", b"\0\1\2", {}, "is no text"),
    "other kind": ("ratings.json", b"{}", {}, "of no kind"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_used_is_refused_in_a_sentence(case, write):
    name, content, settings, said = REFUSED[case]
    with pytest.raises(SaccadeError, match=said) as error:
        read(write(content, name), **settings)
    assert isinstance(error.value, DataError | UnknownNameError)
    assert "Traceback" not in str(error.value)


def test_a_missing_file_and_an_empty_folder_are_refused(tmp_path):
    with pytest.raises(DataError, match="no file or folder"):
        read(tmp_path / "none.csv")
    with pytest.raises(DataError, match=r"no file of ratings.*u\.data"):
        read(tmp_path)


@pytest.mark.parametrize("scale", ["5", "5..1", "low..high"])
def test_a_scale_is_written_as_its_two_ends(scale):
    with pytest.raises(SaccadeError, match="as 1..5"):
        recipes.read("films-rbm", scale=scale)


def test_a_file_of_titles_must_have_titles(write):
    path, titles = write(text(rows())), write("a,b\n1,2\n", "names.csv")
    with pytest.raises(DataError, match="one of titles"):
        read(path, titles=str(titles))


@pytest.mark.parametrize(
    "form", ["2026-03-{0:02d} 10:00", "2026-03-{0:02d}T10:00", "{0:02d}.03.2026 10:00", "{0:02d}.03.2026 10:00:00"]
)
def test_moments_without_seconds_and_with_the_day_first_are_read(form, write):
    made = text([(u, i, r, form.format(1 + at % 28)) for at, (u, i, r, _) in enumerate(rows())])
    dataset = read(write(made))
    assert dataset.ratings.time is not None
    assert dataset.ratings.time.min() == 1772359200  # 1 March 2026, 10:00


def test_what_is_skipped_is_counted_by_rows_and_named_once(write, capsys):
    every = rows()
    terminal.describe(read(write(text([*every, *every[:12]]))))
    said = capsys.readouterr().out
    assert "12 skipped: 12 × the same user rated the same item again" in said
