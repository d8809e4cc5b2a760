"""Who may ask the studio: this machine's own browser, with the token, from the studio's own pages."""

import re
from pathlib import Path

import pytest
from each_case import each_case

from saccade import studio
from saccade.core.errors import DataError, RunError
from saccade.studio import security

TOKEN = "a-token-of-the-tests"  # see conftest.py
TEMPLATES = sorted((Path(studio.__file__).parent / "templates").rglob("*.j2"))
PAGES = ["/", "/train", "/train/new", "/projects/removed", "/events", "/static/studio.css", "/nothing-here"]


@each_case("page", PAGES)
def test_without_the_token_nothing_is_shown(stranger, page):
    answer = stranger.get(page)
    assert answer.status_code == 403
    assert "saccade studio" in answer.text
    assert str(Path.cwd()) not in answer.text


def test_a_wrong_token_opens_nothing(stranger):
    assert stranger.get("/?token=wrong").status_code == 403
    assert stranger.get("/", headers={"Cookie": f"{cookie_name(stranger)}=wrong"}).status_code == 403
    assert stranger.get("/", headers={"Cookie": 'a="b; =; ;[]=('}).status_code == 403
    assert stranger.get("/", headers={"X-Saccade-Token": "wrong"}).status_code == 403


def cookie_name(client):
    return f"saccade-studio-{client.base_url.port}"


def test_the_token_goes_from_the_address_into_a_cookie_that_scripts_cannot_read(stranger):
    answer = stranger.get(f"/train?token={TOKEN}&a=b", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/train?a=b")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert stranger.get("/").status_code == 200  # it has the cookie now


def test_the_token_leads_to_no_other_site(stranger):
    url = stranger.base_url.copy_with(raw_path=f"//elsewhere.example/?token={TOKEN}".encode())
    assert stranger.get(url, follow_redirects=False).headers["location"] == "/elsewhere.example/"


@each_case("host", ["elsewhere.example", "192.168.1.7:8400", "localhost.elsewhere.example"])
def test_a_name_that_is_not_this_machine_is_refused(client, host):
    assert client.get("/", headers={"Host": host}).status_code == 403


ORIGINS = [
    "http://elsewhere.example",
    "null",
    "http://127.0.0.1:3000",
    "http://localhost:8400",
    "https://127.0.0.1:8400",
]


@pytest.mark.parametrize("origin", ORIGINS)
def test_a_page_of_another_site_or_port_changes_nothing(client, make_run, origin):
    folder = make_run("quick-1")
    answer = client.post("/projects/remove", data={"run": "quick-1"}, headers={"Origin": origin})
    assert answer.status_code == 403
    assert folder.exists()


def test_what_changes_something_needs_an_origin_or_the_token_in_a_header(stranger, make_run):
    make_run("quick-1")
    tag = {"run": "quick-1", "add": "good"}
    with_cookie = {"Cookie": f"{cookie_name(stranger)}={TOKEN}"}
    assert stranger.get("/", headers=with_cookie).status_code == 200
    assert stranger.post("/projects/tag", data=tag, headers=with_cookie).status_code == 403
    assert stranger.post("/projects/tag", data=tag, headers={"X-Saccade-Token": TOKEN}).status_code == 200


@each_case("page", PAGES)
def test_every_answer_has_the_headers_that_protect_it(client, page):
    if page == "/events":
        return  # a stream that does not end
    headers = client.get(page).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


def test_pages_that_a_run_holds_run_their_scripts_apart_from_the_studio():
    assert security.DOCUMENT_POLICY.startswith("sandbox ")
    assert "allow-same-origin" not in security.DOCUMENT_POLICY


@each_case("template", TEMPLATES)
def test_no_template_has_scripts_or_styles_within(template):
    text = template.read_text(encoding="utf-8")
    assert all('src="' in tag for tag in re.findall(r"<script[^>]*>", text))
    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:|hx-on|\| safe", text)


def test_a_body_that_is_too_large_is_refused(client, monkeypatch):
    monkeypatch.setattr(security, "Limits", lambda: type("Limits", (), {"body_bytes": 1000}))
    answer = client.post("/projects/tag", data={"run": "x", "add": "a" * 2000})
    assert answer.status_code == 413


ESCAPES = ["../../etc/passwd", "..", ".studio", "a/b", "", "/etc", "..%2f..%2fetc", "nul\0"]


@pytest.mark.parametrize("name", ESCAPES)
def test_names_of_runs_do_not_lead_out_of_their_folder(context, make_run, name):
    make_run("quick-1")
    context.own.mkdir(parents=True)
    with pytest.raises(RunError):
        context.run_path(name)


OUTSIDE = [
    "/static/../app.py",
    "/static/%2e%2e/app.py",
    "/static/..%2fapp.py",
    "/static/..%2f..%2fapi.py",
    "/static//etc/passwd",
]


@pytest.mark.parametrize("path", OUTSIDE)
def test_files_beside_the_static_ones_are_not_given_out(client, path):
    assert client.get(path).status_code == 404


def test_only_what_was_opened_is_seen_links_followed(context, tmp_path, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside")
    (outside / "secret.txt").write_text("secret")
    (tmp_path / "link").symlink_to(outside)
    inside = tmp_path / "photos"
    inside.mkdir()
    assert context.opened.check(inside) == inside
    for path in (outside / "secret.txt", tmp_path / "link" / "secret.txt", tmp_path / ".." / "etc"):
        with pytest.raises(DataError, match="not in a folder that was opened"):
            context.opened.check(path)
    context.opened.add(outside)
    assert context.opened.check(tmp_path / "link" / "secret.txt") == outside / "secret.txt"
    with pytest.raises(DataError, match="leads out"):
        context.opened.within(outside, "../../etc/passwd")


def test_what_was_opened_is_known_to_a_studio_that_is_started_again(context, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside")
    context.opened.add(outside)
    again = type(context)(context.workspace, context.runs, token="another")
    assert again.opened.holds(outside)
    (context.own / "opened.json").write_text("{ damaged")
    assert not again.opened.holds(outside)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_an_error_of_ours_shows_no_more_than_that(stranger, monkeypatch):
    from saccade.studio.run_rows import RunRows

    def fail(self):
        raise ValueError("a secret of the inside")

    monkeypatch.setattr(RunRows, "all", fail)
    answer = stranger.get(f"/?token={TOKEN}", follow_redirects=True)
    assert answer.status_code == 500
    assert "secret" not in answer.text
