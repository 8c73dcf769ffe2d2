"""The benchmarks run, what they say is computed right, and the documentation says what they said."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path

import avsync
import codec_table
import mediafiles
import pytest
from devtools import guard, steps
from runner import plots, publish, table
from runner.plan import ALL, FAMILIES, ONE, TARGETS, TWO
from runner.programs import Program, RunError
from runner.results import Results

ROOT = Path(__file__).parents[1]
PROGRAM = Program("pywebrtc", (sys.executable, str(ROOT / "benchmarks" / "programs" / "main.py"), "pywebrtc"))
SHORT = {
    "throughput": "warmup=0.05 seconds=0.1 sizes=100,65536 connections=2",
    "latency": "seconds=0.05",
    "setup": "count=2 at_once=2",
    "hold": "count=2",
    "video": "width=320 height=180 warmup=0.3 seconds=0.3",
    "audio": "warmup=0.3 seconds=0.3",
    "pixels": "width=64 height=64 seconds=0.001",
    "stats": "count=1",
    "stall": "seconds=0.05",
    "imports": "count=1",
}


@pytest.mark.parametrize("scenario", SHORT)
def test_our_programs_tell_what_the_tables_ask_for(scenario):
    """Every scenario, with everything that it connects in two processes where there are two."""
    modes = {mode for family in FAMILIES if family.scenario == scenario for mode in family.modes}
    said = PROGRAM.run(scenario, SHORT[scenario], TWO if TWO in modes else ONE)
    asked = {m.name for family in FAMILIES if family.scenario == scenario for m in family.metrics}
    assert said["results"]
    for result in said["results"]:
        # How much comes in so short a time on a busy machine, nobody knows.
        assert asked <= result["values"].keys()


def test_a_program_that_fails_says_why():
    with pytest.raises(RunError, match="no_such_scenario"):
        PROGRAM.run("no_such_scenario", "", ONE)


def test_what_is_aimed_at_is_measured():
    for target in TARGETS:
        family = next(family for family in FAMILIES if family.name == target.family)
        assert target.metric in {metric.name for metric in family.metrics}
        assert target.mode in family.modes
    assert len({family.name for family in FAMILIES}) == len(FAMILIES)


def results(*rounds: dict[str, float | None]) -> Results:
    about = {
        "date": "2000-01-01 00:00 UTC",
        "machine": {
            "cpu": "an abacus",
            "cores": 1,
            "memory_gb": 1,
            "system": "none",
            "load_before": 0,
            "load_after": 0,
        },
        "options": "none",
    }
    made = Results(about)
    case = {"size": 65536, "ordered": 1, "connections": 1}
    for number, values in enumerate(rounds):
        for program, value in values.items():
            numbers = {"messages_per_s": value, "mb_per_s": value, "cpu_ms_per_mb": value}
            said = {"versions": {program: "1"}, "results": [{"case": case, "values": numbers}]}
            made.add("throughput", ONE, program, said, number)
    return made


def test_ratios_are_of_the_same_round_and_the_better_native_counts(tmp_path):
    made = results(
        {"native": 100, "native-1": 10, "pywebrtc": 90},
        # A round in which something else was busy: all are slow.
        {"native": 10, "native-1": 1, "pywebrtc": 9, "wrtc": 3},
        # One in which ours did not come about.
        {"native": 100, "native-1": 10, "wrtc": 30},
        {"native": 100, "native-1": 10, "pywebrtc": None, "wrtc": 30},
    )
    made.write(tmp_path / "made.json")
    json.loads((tmp_path / "made.json").read_text())
    for read in (made, Results.read(tmp_path / "made.json")):
        family = FAMILIES[0]
        speed, cpu = family.metrics[1], family.metrics[2]
        ((mode, case),) = read.cases("throughput")
        assert read.native("throughput", mode, case, speed) == "native"
        assert read.native("throughput", mode, case, cpu) == "native-1"
        assert read.ratio("throughput", mode, case, speed, "native") == pytest.approx(0.9)
        assert read.ratio("throughput", mode, case, speed, "wrtc") == pytest.approx(3)
        assert math.isnan(read.ratio("throughput", mode, case, speed, "aiortc"))
        assert "| MB/s, 65536 B | 0.90 ✓ | ≥ 0.9 | 3.00 ✓ | ≥ 1.5 |" in table.targets(read)
        text = table.document(read)
        assert "| 64 KiB, one process | 100 (±45 %)" in text
        picture = plots.picture(read, family, speed)
        assert picture.count("<rect") == 1 + len(ALL) + 4


def test_tables_of_the_documentation_are_what_was_measured():
    for document, render in publish.BLOCKS.items():
        source, text = publish.published(document)
        assert text == publish.block(source, render(Results.read(ROOT / source))), (
            f"{document} is not what scripts/dev bench --report {source} writes"
        )


def test_the_table_of_the_codecs_is_what_was_measured():
    source, text = publish.published(codec_table.DOCUMENT)
    assert text == publish.block(source, codec_table.document(json.loads((ROOT / source).read_text())))


async def test_the_table_of_the_codecs_is_made_of_what_arrives():
    """One film and one tone: all that is told of them is right."""
    film = await codec_table.video("VP8", (320, 180, 400_000), 1)
    assert film["given"] == 30
    assert film["given"] - film["dropped"] == film["decoded"] <= film["sent"] <= 30
    assert film["psnr_db"] > 25
    tone = await codec_table.audio("PCMU", 1, "", 3)
    assert tone["tones"] == tone["heard"] == 2
    assert tone["frequency_error_hz"] < 2
    assert tone["snr_db"] > 8
    assert tone["delay_ms"] > 20


async def test_a_recording_is_in_sync(tmp_path):
    """What benchmarks/avsync.py asks of each flash in minutes: here others delay some of them."""
    assert await avsync.record(tmp_path / "call.mp4", 3.5, (160, 120)) == 0
    found = avsync.verdict(mediafiles.contents(tmp_path / "call.mp4", (16, 12)))
    assert found["flashes"] >= 2
    assert found["missing"] == 0
    assert abs(found["median_ms"]) < avsync.LIMIT_MS


def test_the_guard_knows_what_is_dearer(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(guard, "BOUNDS", tmp_path / "guard.json")
    monkeypatch.setattr(guard.trees, "build", lambda *_: None)
    counts = {"message out": 1000, "picture in": 2000}
    monkeypatch.setattr(guard, "count", lambda: dict(counts))
    guard.guard(update=False)
    assert "nothing is committed" in capsys.readouterr().out
    guard.guard(update=True)
    guard.guard(update=False)
    counts["message out"] = 1070
    guard.guard(update=False)
    counts["message out"] = 1090
    with pytest.raises(steps.StepError, match="message out"):
        guard.guard(update=False)
    counts["message out"], counts["picture out"] = 900, 1
    with pytest.raises(steps.StepError, match="other paths"):
        guard.guard(update=False)


def test_the_guard_has_bounds():
    bounds = json.loads((ROOT / "benchmarks" / "guard.json").read_text())
    assert all(counts.keys() == next(iter(bounds.values())).keys() for counts in bounds.values())
