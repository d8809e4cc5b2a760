import pytest

from saccade.core import recipe as recipes
from saccade.modalities.ratings.column_roles import by_names
from saccade.tasks import steps


@pytest.mark.parametrize(
    ("names", "roles"),
    [
        (["Kunde", "Artikel", "Sterne", "Zeitpunkt"], ["user", "item", "rating", "time"]),
        (["Kunden-Nr", "Artikel-Nr", "Bewertung", "Datum"], ["user", "item", "rating", "time"]),
        (["Kundennr", "Artikelnr", "Bewertung", "Datum"], ["user", "item", "rating", "time"]),
        (["utilisateur", "livre", "étoiles"], ["user", "item", "rating"]),
        (["usuario", "película", "puntuación", "fecha"], ["user", "item", "rating", "time"]),
        (["userId", "movieId", "rating", "timestamp"], ["user", "item", "rating", "time"]),
    ],
)
def test_columns_are_found_by_their_names_in_other_languages_too(names, roles):
    assert list(by_names(names)) == roles


def test_ratings_with_german_headers_are_taken_for_ratings(tmp_path):
    rows = "".join(f"{row % 20};{row % 7};{1 + row % 5}\n" for row in range(200))
    (tmp_path / "ratings.csv").write_text(f"Kunde;Artikel;Sterne\n{rows}")
    assert recipes.read(steps.default_recipe(str(tmp_path / "ratings.csv"))).task == "recommendation"
