import json

import numpy as np
import pytest
from made_rows import NAMES, make_rows, write_rows

import saccade
from saccade.cli import run as command
from saccade.core.backend import keras, seed_everything
from saccade.core.errors import DataError, RunError
from saccade.inspection.plan import plan
from saccade.modalities.tables.schema import Column, Schema
from saccade.models import autoencoders
from saccade.tasks import base
from saccade.tasks.anomaly_detection.inspection.reconstruction import find_ends
from saccade.tasks.anomaly_detection.reference_rows import ReferenceRows

pytestmark = [pytest.mark.heavy, pytest.mark.usefixtures("held_network")]


def numbers_of(run, split):
    return [int(number) for number, found in run.split.items() if found == split]


@pytest.fixture
def trained(table_run):
    return saccade.load(table_run.path)


def test_what_is_seen_of_a_row_is_what_predict_says_of_it(trained, new_rows):
    answer = trained.predict(new_rows, reasons=5)[16]
    seen = trained.inspect(new_rows, row=17)
    assert seen.anomaly.row == answer.row == 17
    assert seen.anomaly.score == pytest.approx(answer.score, rel=1e-5)
    assert (seen.anomaly.alarm, seen.anomaly.p_value) == (answer.alarm, answer.p_value)
    assert seen.anomaly.contributions == pytest.approx(answer.contributions, rel=1e-4, abs=1e-7)
    assert [column.reason.column for column in seen.columns] == [reason.column for reason in answer.reasons]


def test_the_contributions_of_all_columns_sum_to_the_score_and_shares_to_one(trained, new_rows):
    seen = trained.inspect(new_rows, row=3)
    assert {column.reason.column for column in seen.columns} == set(trained.columns)
    added = [column.reason.contribution for column in seen.columns]
    assert added == sorted(added, reverse=True)
    assert sum(added) == pytest.approx(seen.anomaly.score, rel=1e-6)
    assert sum(column.reason.share for column in seen.columns) == pytest.approx(1)


def test_the_last_layer_says_the_contributions(trained, new_rows):
    seen = trained.inspect(new_rows, row=3)
    said = dict(zip(seen.layers[-1].names, seen.activations[-1].tolist(), strict=True))
    assert said == pytest.approx(seen.anomaly.contributions, rel=1e-4, abs=1e-6)


def test_replacing_a_planted_value_lowers_the_score_most(trained, tmp_path):
    row = dict(zip(NAMES, make_rows(1, seed=5)[0], strict=True)) | {"amount": "5000"}
    path = write_rows(tmp_path / "planted.csv", [list(row.values())])
    seen = trained.inspect(path)
    effects = {column.reason.column: column.effect for column in seen.columns}
    assert max(effects, key=effects.__getitem__) == "amount"
    reference = {**row, "amount": str(seen_middle(trained, "amount"))}
    (without,) = trained.predict([{name: value for name, value in reference.items() if name != "Class"}])
    rounding = 3e-7 * seen.anomaly.score  # of float32, whose large score was subtracted from
    assert seen.anomaly.score - effects["amount"] == pytest.approx(without.score, rel=1e-3, abs=rounding)
    assert seen.towards_normal[0].column == "amount"
    assert seen.is_normal_again == (seen.towards_normal[-1].score <= seen.threshold.value)


def seen_middle(run, name):
    (column,) = (column for column in run.data["schema"]["columns"] if column["name"] == name)
    return column["middle"]


def test_what_was_rebuilt_is_in_the_units_of_the_column(trained, new_rows):
    seen = trained.inspect(new_rows, row=9)
    columns = {column.reason.column: column for column in seen.columns}
    (known,) = (column for column in trained.data["schema"]["columns"] if column["name"] == "amount")
    amount = columns["amount"]
    expected = amount.rebuilt_standardized * known["scale"] + known["center"]
    assert float(amount.rebuilt.replace("−", "-").replace(",", "")) == pytest.approx(expected, rel=1e-3)
    # a number adds the square of how far it is from what was rebuilt, divided by the number of columns
    error = (amount.standardized - amount.rebuilt_standardized) ** 2 / len(columns)
    assert amount.reason.contribution == pytest.approx(error, rel=1e-3)
    assert columns["kind"].rebuilt.partition(" (")[0] in {"ATM", "Läden & Café", "online", "other"}
    assert columns["member"].rebuilt.endswith("(yes is 1)")


def test_the_layout_turns_features_back_into_what_the_columns_said(trained):
    table = base.reload(trained)
    values = table.values[:50]
    features = np.asarray(autoencoders.featurizer(trained.model)(values))
    found = autoencoders.layout(table.schema)
    assert len(found) == features.shape[1]
    for place, feature in enumerate(found):
        column, said = values[:, feature.column], feature.said(features[:, place])
        if feature.kind == "value":
            present = ~np.isnan(column)
            assert said[present] == pytest.approx(column[present], rel=1e-4, abs=1e-4)
        elif feature.kind == "gap":
            assert said == pytest.approx(np.isnan(column).astype(float), abs=1e-4)
        else:
            names = (*table.schema.columns[feature.column].categories, "other")
            code = names.index(feature.name.partition(": ")[2])
            assert said == pytest.approx((column == code).astype(float), abs=1e-4)


def test_several_ways_of_rebuilding_are_found_with_the_default_autoencoder():
    schema = Schema(tuple(Column(name, "number") for name in "abc"), rows=10)
    seed_everything(0)
    for options, ways in (({"scales": [0.3, 1.0], "memory": 4}, 3), ({"scales": [0.3], "memory": 4}, 2)):
        network = plan(autoencoders.build("ae", schema, options))
        ends = find_ends(network)
        assert len(ends.rebuilt) == ways
        values = network.run(np.ones((2, 3), np.float32))
        assert all(values[number].shape == (2, 3) for number in ends.rebuilt)


def test_a_network_without_features_is_refused():
    row = keras.Input((3,))
    with pytest.raises(RunError, match="not made for rows"):
        find_ends(plan(keras.Model(row, keras.layers.Dense(3)(row))))


def test_rows_of_the_test_part_stay_sealed(trained):
    sealed = numbers_of(trained, "test")[0]
    with pytest.raises(RunError, match="stays sealed"):
        trained.inspect(row=sealed)
    assert command(["inspect", str(trained.path), "--row", str(sealed)]) == 2
    assert not trained.inspections_path.exists()


def test_a_row_of_the_run_s_own_table_says_its_part_and_label(trained):
    seen = trained.inspect(row=numbers_of(trained, "calibration")[0])
    assert seen.split == "calibration"
    assert seen.label in {"normal", "an anomaly"}
    assert "normal calibration rows" in seen.reference_of


def test_a_row_that_does_not_exist_is_refused_with_how_many_there_are(trained, new_rows):
    with pytest.raises(DataError, match=r"There is no row 301 in new.csv: it has 300 rows"):
        trained.inspect(new_rows, row=301)
    with pytest.raises(DataError, match=r"There is no row 601 in the table"):
        trained.inspect(row=601)
    with pytest.raises(DataError, match="Say which row"):
        trained.inspect(new_rows)
    with pytest.raises(RunError, match="Say which row"):
        trained.inspect()


def test_a_row_that_cannot_be_read_is_refused_with_the_reason(trained, tmp_path):
    rows = make_rows(40, seed=2)
    rows[4][0] = "much"
    path = write_rows(tmp_path / "new.csv", rows)
    with pytest.raises(DataError, match=r"Row 5 of new.csv cannot be used: .*much"):
        trained.inspect(path, row=5)
    assert trained.inspect(path, row=6).anomaly.row == 6


def test_without_its_data_a_run_still_shows_new_rows(trained, new_rows):
    table = base.reload(trained)
    trained.save(ReferenceRows(table.values[table.normal_rows("train")][:50]))
    trained.write_recipe(trained.recipe.changed(data="gone.csv"))
    seen = saccade.load(trained.path).inspect(new_rows, row=2)
    assert seen.reference_of == "50 training rows"
    assert any("cannot be used" in note for note in seen.notes)


def test_the_page_says_the_numbers_of_the_prediction(trained, new_rows, capfd):
    assert command(["inspect", str(trained.path), str(new_rows), "--row", "17"]) == 0
    page = trained.inspections_path / "new-row-17" / "index.html"
    assert str(page) in capfd.readouterr().out
    text, seen = page.read_text(encoding="utf-8"), trained.inspect(new_rows, row=17)
    assert "<h1>Row 17 of new.csv</h1>" in text
    for column in seen.columns:
        assert f"{100 * column.reason.share:.1f}%" in text
    assert "Läden &amp; Café" in text
    assert "http" not in text.replace("http://www.w3.org", "")


def test_the_numbers_are_given_as_json(trained, new_rows, capfd):
    assert command(["inspect", str(trained.path), str(new_rows), "--row", "17", "--json"]) == 0
    said = json.loads(capfd.readouterr().out)
    assert sum(said["contributions"].values()) == pytest.approx(said["score"], rel=1e-6)
    assert len(said["reasons"]) == len(trained.columns)
    assert command(["inspect", str(trained.path), "--json"]) == 0
    overview = json.loads(capfd.readouterr().out)
    assert overview["split"] == "calibration"
    assert not trained.inspections_path.exists()


def test_the_overview_agrees_with_the_scores_of_the_calibration_rows(trained):
    seen = trained.overview(quiet=True)
    table = base.reload(trained)
    rows = table.normal_rows("calibration")
    scores = trained._predictor.contributions(table.values[rows]).sum(axis=1)
    assert np.sort(seen.normal) == pytest.approx(np.sort(scores), rel=1e-4)
    assert sum(column.of_normal for column in seen.columns) == pytest.approx(1)
    assert seen.alarms[0] == (seen.normal > seen.threshold.value).sum()
    assert all(column.rebuilt is not None and column.rebuilt <= 1 for column in seen.columns)
    assert seen.first is not None
    assert seen.first.weights.shape == (len(seen.first.features), 6)


def test_a_unit_that_never_changes_is_called_dead(trained):
    layer = trained.model.get_layer(autoencoders.CORE).get_layer("dense_1")
    kernel, bias = layer.get_weights()
    kernel[:, 2], bias[2] = 0, -1
    layer.set_weights([kernel, bias])
    seen = trained.overview(quiet=True)
    (hidden,) = (layer for layer in seen.layers if layer.is_hidden)
    assert np.flatnonzero(hidden.dead).tolist() == [2]


@pytest.mark.parametrize("options", [["--class", "a"], ["--png"], ["--layer", "dense_1"]])
def test_options_for_images_are_refused(trained, options, capfd):
    assert command(["inspect", str(trained.path), "--row", "1", *options]) == 2
    assert "a run of anomaly_detection on tables: leave it out" in capfd.readouterr().err


def test_a_image_is_refused_with_what_was_expected(trained, tmp_path, capfd):
    image = tmp_path / "photo.png"
    assert command(["inspect", str(trained.path), str(image), "--row", "1"]) == 2
    assert "was trained on a table" in capfd.readouterr().err
    image.write_bytes(b"\x89PNG")
    assert command(["inspect", str(trained.path), str(image), "--row", "1"]) == 2
    assert ".parquet" in capfd.readouterr().err


def test_an_autoencoder_is_summarised_by_the_number_of_columns(trained, capfd):
    assert command(["summary", "fraud-autoencoder", "--columns", "29", "--json"]) == 0
    assert json.loads(capfd.readouterr().out)["totals"]["parameters"] == 2389
    assert command(["summary", "fraud-autoencoder"]) == 2
    assert "--columns" in capfd.readouterr().err
    assert command(["summary", "image-autoencoder", "--json"]) == 0
    assert json.loads(capfd.readouterr().out)["layers"][0]["output_shape"] == [28, 28, 1]
    assert sum(layer.parameters for layer in trained.summary()) > 0
    assert command(["summary", str(trained.path)]) == 0
    assert "sees" not in capfd.readouterr().out
