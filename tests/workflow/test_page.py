"""The HTML report of a whole build in a real browser: it works, holds its layout, is accessible."""

import re
import shutil
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import yaml
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, sync_playwright

from dlia.reporting.html import write_html
from dlia.tasks.studies import load_studies

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed"),
]
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1440, "height": 900}
MINUS = "\N{MINUS SIGN}"
HOSTILE = (
    "<script>alert(1)</script> & <b>more</b>",
    "50 % of R&D_costs #1 {{ x }} {% y %}",
    r"\input{/etc/passwd} --> ]]> &amp; &lt;",
    "\"so\" 'called' `here`",
    "漢字 かな عربي שלום Ωμέγα",
    "a_name_without_any_place_to_break_it_" * 6,
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        # Chromium's sandbox needs rights that a container often lacks; the page is our own.
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


def opened(browser: Browser, file: Path, size: dict[str, int] = DESK, **options: Any) -> Page:
    page = browser.new_page(viewport=size, **options)
    page.goto(file.as_uri())
    return page


@pytest.fixture(scope="module")
def file(build) -> Path:
    return build.path / "results/reports/assignment.html"


@pytest.fixture
def page(browser, file) -> Iterator[Page]:
    page = opened(browser, file)
    yield page
    page.close()


def test_it_is_small_and_asks_for_nothing_and_complains_of_nothing(browser, file):
    assert file.stat().st_size < 15e6
    page = browser.new_page()
    asked, said = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(file.as_uri())
    page.get_by_role("button", name="Dark page").click()
    page.close()
    # Pictures in drawings are data in the file itself.
    assert [url for url in asked if not url.startswith("data:")] == [file.as_uri()]
    assert said == []


def test_the_policy_stops_a_script_that_is_not_the_pages_own(page):
    page.evaluate(
        """() => {
            const script = document.createElement("script");
            script.textContent = "window.intruder = true";
            document.body.append(script);
        }"""
    )
    assert page.evaluate("window.intruder") is None


def test_every_link_leads_to_a_place_on_the_page_that_is_there_once(page):
    targets = page.eval_on_selector_all("a", "all => all.map(a => a.getAttribute('href'))")
    ids = page.eval_on_selector_all("[id]", "all => all.map(e => e.id)")
    assert len(ids) == len(set(ids))
    assert [target for target in targets if target[:1] != "#" or target[1:] not in ids] == []


def headline(page: Page) -> Locator:
    return page.locator("table.headline").first


def column(table: Locator, number: int) -> list[str]:
    return table.locator(f"tbody tr > :nth-child({number})").all_inner_texts()


def as_numbers(texts: list[str]) -> tuple[list[float], list[str]]:
    found = [re.match(r"[\d.]+", text) for text in texts]
    numbers = [float(match[0]) for match in found if match]
    # Words come last.
    assert [bool(match) for match in found] == [True] * len(numbers) + [False] * (
        len(texts) - len(numbers)
    )
    return numbers, texts[len(numbers) :]


def test_a_table_is_sorted_by_a_click_and_by_the_keyboard(page):
    table = headline(page)
    header = table.locator("thead th").nth(2)
    header.get_by_role("button").click()
    numbers, words = as_numbers(column(table, 3))
    assert header.get_attribute("aria-sort") == "ascending"
    assert numbers == sorted(numbers)
    assert numbers
    assert words
    page.keyboard.press("Enter")
    assert header.get_attribute("aria-sort") == "descending"
    assert as_numbers(column(table, 3))[0] == numbers[::-1]


@pytest.mark.parametrize(
    ("texts", "order"),
    [
        (["1,200 px", "90 px", "3 px"], ["3 px", "90 px", "1,200 px"]),
        (["± 0.2", "never", "± 0.1"], ["± 0.1", "± 0.2", "never"]),
        (["0.1 to 0.3", f"{MINUS}2.5 to 1", "-3"], ["-3", f"{MINUS}2.5 to 1", "0.1 to 0.3"]),
        (["1.0e-3", "5 %", "2e-4"], ["2e-4", "1.0e-3", "5 %"]),
    ],
)
def test_numbers_are_sorted_by_their_values(page, texts, order):
    table = headline(page)
    page.evaluate(
        """([table, texts]) => {
            const rows = Array.from(table.tBodies[0].rows);
            rows.slice(texts.length).forEach((row) => row.remove());
            texts.forEach((text, i) => (rows[i].cells[2].textContent = text));
        }""",
        [table.element_handle(), texts],
    )
    table.locator("thead th").nth(2).get_by_role("button").click()
    assert column(table, 3) == order


def test_a_number_is_two_clicks_from_its_trials_settings_history_and_command(page):
    headline(page).locator("tbody td.number a").nth(1).click()
    variant = page.locator("section.variant", has=page.locator(":target"))
    assert "-R train_" in variant.locator("code.command").inner_text()
    variants = page.locator("details", has=page.locator(":target"))
    trials = variants.get_by_role("table").first
    names = ["Variant", "Trial", "Main seed", "Epoch"]
    assert [text.strip() for text in trials.locator("thead th").all_inner_texts()][:4] == names
    variant.locator("summary", has_text="Training history").click()
    assert variant.locator("table.history tbody tr").first.is_visible()
    variant.get_by_role("link", name="all hyperparameters").click()
    assert page.locator("table:target").is_visible()


def test_a_figure_is_enlarged_and_closed_by_the_keyboard(page):
    figure = page.locator("figure").first
    button = figure.get_by_role("button")
    button.focus()
    page.keyboard.press("Enter")
    dialog = page.locator("dialog")
    assert dialog.locator("svg").is_visible()
    assert figure.locator("svg").count() == 0
    page.keyboard.press("Escape")
    assert not dialog.is_visible()
    assert figure.locator("svg").is_visible()
    assert button.evaluate("element => element === document.activeElement")


def test_the_first_stop_of_the_keyboard_skips_the_contents(page):
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_the_contents_follow_the_reading(page):
    page.locator("#methods").scroll_into_view_if_needed()
    page.evaluate("document.getElementById('methods').scrollIntoView()")
    page.wait_for_selector(".contents a[href='#methods'][aria-current]")


def test_light_or_dark_is_the_readers_choice_and_is_remembered(browser, file):
    page = opened(browser, file, color_scheme="light")
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    page.get_by_role("button", name="Dark page").click()
    dark = page.evaluate(ground)
    assert dark != light
    page.reload()
    assert page.evaluate(ground) == dark
    assert page.get_by_role("button", name="Light page").is_visible()
    page.close()


def too_wide(page: Page) -> int:
    return page.evaluate("document.documentElement.scrollWidth - innerWidth")


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_the_page_is_not_wider_than_the_window(browser, file, size):
    page = opened(browser, file, size)
    assert too_wide(page) <= 0
    page.evaluate("document.querySelectorAll('main details').forEach((part) => (part.open = true))")
    assert too_wide(page) <= 0
    page.close()


def test_on_a_phone_the_contents_open_on_request(browser, file):
    page = opened(browser, file, PHONE)
    link = page.locator(".contents a[href='#methods']")
    assert not link.is_visible()
    page.locator(".contents summary").click()
    link.click()
    assert not link.is_visible()
    assert page.locator("#methods").bounding_box()["y"] < PHONE["height"] / 2
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_a_checker_finds_no_serious_fault(browser, file, size, scheme):
    page = opened(browser, file, size, color_scheme=scheme)
    found = Axe().run(page).response["violations"]
    page.close()
    bad = [(v["id"], v["nodes"][0]["html"]) for v in found if v["impact"] in SERIOUS]
    assert bad == []


SERIOUS = ("serious", "critical")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_the_front_page_fits_the_window_and_has_no_serious_fault(browser, build, size, scheme):
    page = opened(browser, build.path / "results/report.html", size, color_scheme=scheme)
    found = Axe().run(page).response["violations"]
    wide = too_wide(page)
    page.close()
    bad = [(v["id"], v["nodes"][0]["html"]) for v in found if v["impact"] in SERIOUS]
    assert (wide <= 0, bad) == (True, [])


def test_on_a_phone_what_was_found_stands_below_the_claim(browser, file):
    page = opened(browser, file, PHONE)
    claim, found = (
        page.locator(f"table.claims tbody tr:first-child td:nth-child({n})").first.bounding_box()
        for n in (2, 3)
    )
    page.close()
    assert found["y"] >= claim["y"] + claim["height"]
    assert found["x"] + found["width"] <= PHONE["width"]


def test_on_a_phone_no_cell_of_a_stacked_table_is_off_the_screen_and_no_name_is_broken(
    browser, file
):
    page = opened(browser, file, PHONE)
    page.evaluate("document.querySelectorAll('main details').forEach((part) => (part.open = true))")
    right, broken = page.evaluate(
        """() => {
          const cells = [...document.querySelectorAll('.stacked :is(th, td), caption')];
          const names = [...document.querySelectorAll('.stacked th code')];
          return [
            Math.max(...cells.map((cell) => cell.getBoundingClientRect().right)),
            names.filter((name) => name.getClientRects().length > 1).length,
          ];
        }"""
    )
    page.close()
    assert right <= PHONE["width"]
    assert broken == 0


def test_the_front_page_opens_the_report(browser, build):
    page = opened(browser, build.path / "results/report.html")
    page.get_by_role("link", name="web page").click()
    assert page.url == (build.path / "results/reports/assignment.html").as_uri()
    page.close()


def test_without_javascript_it_is_all_there(browser, file):
    page = opened(browser, file, java_script_enabled=False)
    assert page.locator(".contents a").first.is_visible()
    assert headline(page).locator("tbody tr").first.is_visible()
    assert page.get_by_role("button").count() == 0
    page.close()


def test_print_shows_what_is_folded_and_no_contents(page):
    page.emulate_media(media="print")
    assert not page.locator(".contents").is_visible()
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("details:not([open])").count() == 0
    assert page.locator("table.history tbody tr").first.is_visible()
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("main details:not([open])").count() > 0


def test_standins_are_always_in_sight(page):
    page.evaluate("scrollTo(0, document.body.scrollHeight / 2)")
    box = page.locator(".banner").bounding_box()
    assert box["y"] == 0
    assert "Stand-in data." in page.locator(".banner").inner_text()


def test_words_of_the_user_come_out_as_themselves(browser, edited):
    def change(study: dict[str, Any]) -> None:
        exercise = study["exercises"]["ex1_2"]
        exercise |= {"title": HOSTILE[0], "question": HOSTILE[1]}
        exercise["variants"]["sgd"] |= {
            "comment": HOSTILE[2],
            "source": f"sheet {HOSTILE[3]}",
            "assumed": {"batch_size": HOSTILE[4]},
        }
        next(iter(study["claims"].values()))["says"] = f"It says {HOSTILE[2]}"

    edited.edit_yaml("studies/mnist.yaml", change)
    title = {"title": HOSTILE[5], "author": HOSTILE[4], "course": HOSTILE[0]}
    edited.edit_yaml("config.yaml", lambda config: config["reports"]["assignment"].update(title))
    result = edited.snakemake("results/reports/assignment.html", "--cores", "2")
    assert result.returncode == 0, result.stdout + result.stderr
    page = opened(browser, edited.path / "results/reports/assignment.html", PHONE)
    text = " ".join(page.evaluate("document.body.textContent").split())
    said = [" ".join(words.split()) for words in (*HOSTILE, f"It says {HOSTILE[2]}")]
    assert [words for words in said if words not in text] == []
    assert page.title() == HOSTILE[5]
    assert too_wide(page) <= 0
    page.close()


class Stable(HTMLParser):
    """Collects what stands outside of the elements that are marked as volatile."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.kept: list[Any] = []
        self._open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if ("data-volatile", None) in attributes or tag in self._open[:1]:
            self._open.append(tag)
        self._keep((tag, attributes))

    def handle_endtag(self, tag: str) -> None:
        self._keep(tag)
        if tag in self._open[:1]:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        self._keep(data)

    def _keep(self, item: Any) -> None:
        if not self._open:
            self.kept.append(item)


def test_what_differs_from_run_to_run_stands_in_elements_that_are_marked(edited, monkeypatch):
    monkeypatch.chdir(edited.path)
    config = yaml.safe_load(Path("config.yaml").read_text())
    studies = load_studies(config["studies"], edited.path)

    def written(name: str) -> str:
        asked = {"report": config["reports"]["assignment"], "margins": config["margins"]}
        asked |= {"seed": 2021, "trials": None, "overrides": {}, "readings": False}
        write_html(studies, asked, edited.path / "report", name)
        return Path(name).read_text(encoding="utf-8")

    first = written("first.html")
    for record in Path("results").rglob("run.json"):
        text = record.read_text()
        text = re.sub(r'"(seconds|commit)": [^,\n}]+', r'"\1": 12345', text)
        record.write_text(re.sub(r'"processor": "[^"]*"', '"processor": "another"', text))
    for table in (
        *Path("results").glob("*/timing.csv"),
        *Path("results").glob("*/claims_timing.csv"),
    ):
        table.write_text(re.sub(r"\d+\.\d+", "12.5", table.read_text()))
    other = written("other.html")
    assert other != first
    assert Stable(other).kept == Stable(first).kept
