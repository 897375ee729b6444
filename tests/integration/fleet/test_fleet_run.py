"""``fleet run`` as an operator meets it: processes of their own on real servers, one of them killed."""

from __future__ import annotations

import itertools
import json
import os
import signal
from datetime import UTC, datetime, timedelta

from tests.integration.fleet.conftest import Sources
from tests.support.processes import is_running
from tests.support.world import wait_until

BOTH = '[schedule.departments]\nevery = "1h"\n[schedule.users]\nevery = "1h"\n'
SIX = [f"s{number}" for number in range(6)]


def spans(sources: Sources, name: str) -> list[tuple[datetime, datetime]]:
    return [(each["started_at"], each["finished_at"]) for each in sources.runs(name)]


def overlap(spans: list[tuple[datetime, datetime]]) -> bool:
    return any(before[1] > after[0] for before, after in itertools.pairwise(spans))


def verified(sources: Sources, name: str) -> int:
    return sources.run("verify", "departments", "--source", name, "--json")[0]


def test_once_runs_what_is_due_of_each_source_and_exits_with_the_worst_code(sources: Sources) -> None:
    sources.add("acme", "beta", text='tags = ["gold"]')
    sources.add("cora")
    sources.write("sick", sources.odoos["cora"]).write_text("[odoo\n")
    code, lines, _ = sources.run("fleet", "run", "--once", "--json", "--tag", "gold")
    assert (code, {each["source"] for each in lines}) == (2, {"acme", "beta", "sick"})  # its tags cannot be known
    code, lines, _ = sources.run("fleet", "run", "--once", "--json")
    outcomes = {each["source"]: (each["outcome"], each["exit_code"], each["kind"]) for each in lines}
    assert (code, outcomes) == (2, {"sick": ("failed", 2, "configuration"), "cora": ("success", 0, None)})
    keys = ["source", "outcome", "exit_code", "seconds", "where", "results", "error", "hint", "kind"]
    assert [list(each) for each in lines] == [keys, keys]
    (result,) = next(each for each in lines if each["source"] == "cora")["results"]
    assert (result["sync"], result["outcome"], result["counts"]["synced"]) == ("sync_departments", "success", 5)
    assert sources.run("fleet", "run", "--once", "--json")[1] == [each for each in lines if each["source"] == "sick"]
    assert [each["outcome"] for each in sources.runs("acme")] == ["success"]


def test_two_runners_share_the_work_and_no_source_runs_twice_at_once(sources: Sources) -> None:
    sources.write_main(BOTH)
    sources.add(*SIX, records=20)
    runners = [sources.start("fleet", "run", "--json") for _ in range(2)]
    wait_until(lambda: all(len(sources.runs(name)) == 2 for name in SIX), 200)
    wait_until(lambda: not any((claim := sources.state(name).claim) and claim.live for name in SIX), 60)
    for runner in runners:
        runner.send_signal(signal.SIGTERM)
    ended = [runner.communicate(timeout=60) for runner in runners]
    assert [runner.returncode for runner in runners] == [128 + signal.SIGTERM] * 2
    done = [[json.loads(line)["source"] for line in stdout.splitlines()] for stdout, _ in ended]
    assert sorted(itertools.chain(*done)) == SIX
    assert all(done), "each of the two has its share"
    assert not any(overlap(spans(sources, name)) for name in SIX)


def test_a_stop_ends_runs_at_their_next_page_and_gives_their_sources_back(sources: Sources) -> None:
    sources.add("acme")
    release = sources.hold("acme")
    runner = sources.start("fleet", "run", "--json")
    sources.wait_for_question("acme")
    runner.send_signal(signal.SIGINT)
    stdout, stderr = runner.communicate(timeout=60)
    assert runner.returncode == 128 + signal.SIGINT
    assert (json.loads(stdout)["outcome"], json.loads(stdout)["exit_code"]) == ("cancelled", 143)
    assert "stopping at the next page" in stderr
    release()
    state = sources.state("acme")
    assert state.claim is not None
    assert (state.claim.live, state.retry_at) == (False, None)
    assert [each["outcome"] for each in sources.runs("acme")] == ["cancelled"]
    code, told, _ = sources.run("fleet", "run", "--once", "--json")
    assert (code, [each["outcome"] for each in told]) == (0, ["success"]), "what was cut off was not due at once"


def test_what_a_killed_runner_held_is_run_by_another_when_its_claim_ends(sources: Sources) -> None:
    sources.add("acme", "beta")
    releases = {name: sources.hold(name) for name in ("acme", "beta")}
    runner = sources.start("fleet", "run")
    for name in releases:
        sources.wait_for_question(name)
    runner.kill()
    child = sources.runs("beta")[0]["operator"]["pid"]
    os.kill(child, signal.SIGKILL)
    wait_until(lambda: not is_running(child))
    for release in releases.values():
        release()
    wait_until(lambda: sources.runs("acme")[0].get("outcome") == "success")  # its process goes on without the runner
    orphan = sources.runs("acme")[0]["operator"]["pid"]
    wait_until(lambda: not is_running(orphan))  # it reports what is due next behind the end of its run
    assert sources.run("fleet", "run", "--once", "--json")[1] == [], "their claims are live"
    past = datetime.now(UTC) - timedelta(minutes=1)  # in place of a minute's waiting
    sources.main.fleet_sources.update_many({}, {"$set": {"claim.until": past}})
    sources.main.fleet_sources.update_one({"_id": "beta"}, {"$set": {"at": past}})
    code, lines, _ = sources.run("fleet", "run", "--once", "--json")
    assert (code, [each["source"] for each in lines]) == (0, ["beta"])
    assert [each["outcome"] for each in sources.runs("acme")] == ["success"]
    assert [each["outcome"] for each in sources.runs("beta")] == ["interrupted", "success"]
    assert [verified(sources, name) for name in releases] == [0, 0]


def test_a_child_that_is_killed_harms_no_other_and_its_source_is_tried_again(sources: Sources) -> None:
    sources.add("acme", "beta")
    release = sources.hold("acme")
    runner = sources.start("fleet", "run", "--once", "--json")
    sources.wait_for_question("acme")
    os.kill(sources.runs("acme")[0]["operator"]["pid"], signal.SIGKILL)
    stdout, _ = runner.communicate(timeout=100)
    codes = {(line := json.loads(each))["source"]: (line["outcome"], line["exit_code"]) for each in stdout.splitlines()}
    assert codes == {"acme": ("interrupted", 137), "beta": ("success", 0)}
    assert runner.returncode == 1
    release()
    retry_at = sources.state("acme").retry_at
    assert retry_at is not None
    assert timedelta() < retry_at - datetime.now(UTC) < timedelta(seconds=61)


def test_it_refuses_what_it_cannot_do(sources: Sources) -> None:
    code, (line,), _ = sources.run("fleet", "run", "--json")
    assert (code, line["error"]) == (2, "There are no sources.")
    sources.add("acme")
    sources.write_main("")
    sources.config.write_text("read_only = true\n" + sources.config.read_text())
    assert sources.run("fleet", "run", "--json")[0] == 2
    assert sources.run("fleet", "run", "--json", "--source", "acme")[0] == 2


def test_a_source_of_which_nothing_is_scheduled_is_told_and_never_run(sources: Sources) -> None:
    sources.write_main("")
    sources.add("acme")
    code, lines, said = sources.run("fleet", "run", "--once", "--json")
    assert (code, lines, said) == (0, [], "Never run here: acme (no schedule).\n")
