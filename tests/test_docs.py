"""README, tutorial and reference pages say what is true."""

from __future__ import annotations

import contextlib
import doctest
import importlib
import importlib.util
import io
import re
import shlex
import shutil
from pathlib import Path
from types import SimpleNamespace

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from clustera.cli import app
from clustera.segmentation.pictures import Plots

ROOT = Path(__file__).parents[1]
LARGE = r"\d{3},\d{3}(?!,)|\d{1,3},\d{3},\d{3}"


def module(path: Path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """A folder in which the demo was run, and what it printed."""
    folder, said = tmp_path_factory.mktemp("demo"), io.StringIO()
    example = module(ROOT / "examples" / "households.py")

    def run(command):
        """Type it in this process, where the libraries are loaded already."""
        typed = CliRunner().invoke(app, command[3:])
        assert typed.exit_code == 0, typed.output
        print(typed.stdout)  # noqa: T201

    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(said):
        patch.chdir(folder)
        patch.setenv("COLUMNS", module(ROOT / "docs" / "build.py").WIDTH)
        patch.setattr(example, "subprocess", SimpleNamespace(run=lambda command, check: run(command)))
        example.main()
    return folder, said.getvalue()


def without_times(text: str, *, like: str = "") -> str:
    """A text without its clock. Large amounts within a hundred-thousandth of those of `like`, which is what two
    processors differ by, are written as there."""
    amounts = iter(re.findall(LARGE, like))

    def settled(found: re.Match[str]) -> str:
        shown = next(amounts, "")
        return (
            shown
            if shown and abs(int(found[0].replace(",", "")) / int(shown.replace(",", "")) - 1) < 1e-5
            else found[0]
        )

    text = re.sub(LARGE, settled, text) if like else text
    return "\n".join(re.sub(r"\d{8}-\d{6}", "TIME", line).rstrip() for line in text.strip().splitlines())


def test_the_readme_shows_what_the_demo_prints(demo):
    shown = re.search(r"<!-- demo -->\n```\n(.*?)```\n<!-- end -->", (ROOT / "README.md").read_text(), re.DOTALL)[1]
    said = module(ROOT / "docs" / "build.py").last_command(demo[1])
    assert without_times(shown) == without_times(said, like=shown)


def test_the_demo_accounts_for_every_cent_of_the_orders(demo):
    said = " ".join(demo[1].split())
    assert "1,469,307 order lines: 1,457,536 used, 534 after December 31, 2017, 11,237 left out." in said
    assert "4,596,039.58. Used: 4,594,146.32. Not used: 1,893.26 (after December 31, 2017)" in said
    assert "11,237 lines left out: The line cost nothing." in said
    assert "801 customers from your table and 1,668 more from the orders = 2,469, all segmented." in said


def sessions_of_the_readme():
    """The Python sessions, the newcomer's first."""
    return re.findall(r"```python\n(>>>.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)


def complaints(session, known):
    """What a session shows that is not so; the names that it makes are added to those known."""
    test = doctest.DocTestParser().get_doctest(session, known, "README.md", "README.md", 0)
    told: list[str] = []
    doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE).run(test, out=told.append, clear_globs=False)
    return "".join(told)


def test_the_python_session_of_the_readme_needs_no_file(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert complaints(sessions_of_the_readme()[0], {}) == ""


def test_the_python_session_of_the_readme_is_true(demo, monkeypatch):
    import clustera

    monkeypatch.chdir(demo[0])
    assert complaints(sessions_of_the_readme()[1], {"clustera": clustera}) == ""


def test_every_command_of_the_tutorial_and_for_analysts_works(demo, tmp_path, monkeypatch):
    shutil.copytree(demo[0] / "runs", tmp_path / "runs", symlinks=True)
    # Every eighth household is enough to see that a command works.
    orders = pq.read_table(demo[0] / "runs" / "transactions.parquet")
    eighth = pc.equal(pc.bit_wise_and(orders["household_id"], 7), 4)
    pq.write_table(orders.filter(eighth), tmp_path / "runs" / "transactions.parquet")
    monkeypatch.chdir(tmp_path)
    story = module(ROOT / "docs" / "story.py")
    monkeypatch.setenv("COLUMNS", story.WIDTH)

    def printed(command):
        result = CliRunner().invoke(app, shlex.split(command))
        assert result.exit_code == 0, f"{command}\n{result.output}"
        return result.output

    # Fails where a command no longer prints the lines, or the report the table, that the tutorial shows.
    tutorial = (ROOT / "docs" / "tutorial.md").read_text()
    commands = []
    story.retell(tutorial, lambda command: commands.append(command) or printed(command), tmp_path)
    assert commands == re.findall("^    clustera (.*)$", tutorial, re.MULTILINE)
    assert len(commands) > 6
    text = (ROOT / "docs" / "analysts.md").read_text()
    Path("clustera.toml").write_text("\n".join(re.findall(r"^    ((?:features|min_size) = .*)$", text, re.MULTILINE)))
    # In the order of the page: a command may use what the lines of Python above it wrote.
    steps = re.findall(r"^    clustera ([^\n]*)$|^```python\n(.*?)```", text, re.MULTILINE | re.DOTALL)
    assert sum(bool(command) for command, _ in steps) > 8
    session: dict[str, object] = {}
    exec("import matplotlib; matplotlib.use('Agg')", session)
    for command, code in steps:
        if code:
            exec(compile(code, "analysts.md", "exec"), session)
        else:
            printed(command)


@pytest.mark.soak
def test_the_tutorial_shows_what_its_commands_print(demo, tmp_path):
    shutil.copytree(demo[0] / "runs", tmp_path / "runs", symlinks=True)
    story = module(ROOT / "docs" / "story.py")
    shown = (ROOT / "docs" / "tutorial.md").read_text()
    told = story.retell(shown, story.in_folder(tmp_path), tmp_path)
    assert without_times(told, like=shown) == without_times(shown), "say make docs"


@pytest.mark.parametrize("page", ["files.md", "settings.md", "cli.md", "playbook.md", "findings.md"])
def test_the_reference_follows_from_the_code(page):
    written = module(ROOT / "docs" / "build.py").PAGES[page]()
    assert (ROOT / "docs" / page).read_text() == written, "say make docs"


def test_every_option_is_typed():
    built = module(ROOT / "docs" / "build.py")
    assert built.OPTIONS.read_text() == built.options_module(), "say make docs"


@pytest.mark.parametrize("name", ["clustera", "clustera.value", "clustera.plots"])
def test_dir_shows_what_is_public(name):
    room = importlib.import_module(name)
    assert dir(room) == sorted(room.__all__)
    assert all(getattr(room, public) is not None for public in room.__all__)


def test_every_picture_of_a_segmentation_is_in_the_gallery():
    gallery = module(ROOT / "docs" / "gallery.py")
    assert (ROOT / "docs" / "gallery.md").read_text() == gallery.page(), "say make docs"
    shown = {gallery.method(code) for _, _, calls in gallery.ROOMS for code in calls}
    assert shown == {name for name in dir(Plots) if not name.startswith("_")}


def test_the_gallery_has_its_pictures_and_no_others():
    text = (ROOT / "docs" / "gallery.md").read_text()
    named = re.findall(r'(?:src|srcset)="images/gallery/([^"]+)"', text)
    files = list((ROOT / "docs" / "images" / "gallery").iterdir())
    assert sorted(named) == sorted(file.name for file in files)
    assert sum(file.stat().st_size for file in files) < 2_000_000


def test_no_link_of_the_docs_is_dead():
    for page in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+?)(?:#[^)]*)?\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_the_files_of_the_four_journeys_exist_and_none_is_opened_twice():
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    section = text.split("## Four journeys")[1].split("\n## ")[0]
    journeys = {
        title: re.findall(r"`([\w/]+\.py)`", files)
        for title, files in re.findall(r"\*\*(.+?)\*\*: ((?:.+\n)+)", section)
    }
    assert len(journeys) == 4
    for title, files in journeys.items():
        assert len(files) > 5, title
        assert len(set(files)) == len(files), title
        assert not [file for file in files if not (ROOT / "src" / "clustera" / file).is_file()], title


def test_pictures_draw_the_limits_that_the_choice_goes_by():
    from clustera.cluster import judgments
    from clustera.components import tradeoff
    from clustera.plots import evidence

    needed = [judgments.VALLEY_NEEDED, judgments.STRENGTH_NEEDED]
    assert [c.limit for c in evidence._CRITERIA if c.limit] == needed
    assert [c.limit for c in tradeoff.CRITERIA if c.limit] == needed


@pytest.mark.soak
def test_the_page_on_recommendations_shows_what_the_households_give(demo, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "114")
    orders = pq.read_table(demo[0] / "runs" / "transactions.parquet")
    types = pq.read_table(demo[0] / "runs" / "products.parquet").select(["product_id", "product_type"])
    joined = orders.join(types, "product_id").drop_columns("product_id").rename_columns({"product_type": "product"})
    pq.write_table(joined, "types.parquet")
    result = CliRunner().invoke(app, ["recommend", "--orders", "types.parquet", "--by", "product"])
    assert result.exit_code == 0, result.output
    page = (ROOT / "docs" / "recommendations.md").read_text()
    shown = [
        " ".join(line.split())
        for block in re.findall(r"^```\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
        for line in block.splitlines()
        if "─" not in line
    ]
    printed = [" ".join(line.split()) for line in result.output.splitlines()]
    assert len(shown) == 11
    assert [line for line in shown if line not in printed] == []
