"""Driving licences: bulk, the daily run of deadlines, events, applications, the review queue, the rules of the photo.

    licences.py LUZHENG     measures these alone and prints their part of RESULTS.md

The load itself is made by `crates/server/examples/load`, built beside the binary.
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile

from process import Postgres, Run, say

DRIVERS = int(os.environ.get("BENCH_DRIVERS", "200000"))
REVIEWS = int(os.environ.get("BENCH_REVIEWS", "100000"))
PORTRAITS = int(os.environ.get("BENCH_PORTRAITS", "960"))
SECONDS = int(os.environ.get("BENCH_SECONDS", "30"))


def changed(folder):
    """The same register a year later: everybody with C1 has learnt to ride a moped too."""
    if os.path.exists(f"{folder}/changed.csv"):
        return
    with open(f"{folder}/drivers.csv", encoding="utf-8") as old, open(f"{folder}/changed.csv", "w", encoding="utf-8") as new:
        for line in old:
            new.write(line.replace(",C1,", ",C1F,", 1))


def register(luzheng, work, name, env, reviews):
    """A register of drivers brought in, licences issued in bulk to those who had applied, and the daily run."""
    say(f"{DRIVERS} drivers on {name}: import, bulk, deadlines")
    folder = f"{work}/drivers"
    if not os.path.exists(folder):
        Run([luzheng, "synth", "--vehicles", "1", "--drivers", str(DRIVERS), "--seed", "11", "--out", folder], {}, work)
    Run([luzheng, "migrate"], env, work)
    brought = Run([luzheng, "import", "drivers", f"{folder}/drivers.csv", "--json"], env, work)
    again = Run([luzheng, "import", "drivers", f"{folder}/drivers.csv", "--json"], env, work)
    bulk = Run([luzheng, "issue", "bulk", "--kind", "driving-licence", "--json"], env, work)
    changed(folder)
    # The import brings every licence into line with its changed facts, by the same steps as events; bulk then finds nothing left.
    anew = Run([luzheng, "import", "drivers", f"{folder}/changed.csv", "--photos", folder, "--json"], env, work)
    idle = Run([luzheng, "issue", "bulk", "--kind", "driving-licence", "--json"], env, work)
    run = Run([luzheng, "deadlines", "run", "--json"], env, work)
    result = {"name": name, "import": brought, "again": again, "bulk": bulk, "anew": anew, "deadlines": run,
              "migrated": json.loads(bulk.out)["migrated"], "reissued": json.loads(anew.out)["licences_to_reconsider"], "idly": json.loads(idle.out), "said": json.loads(run.out)}
    load = os.path.join(os.path.dirname(luzheng), "examples", "load")
    place = ["--database", env["LUZHENG_DATABASE"], "--data-dir", env["LUZHENG_DATA_DIR"], "--drivers", f"{folder}/drivers.csv"]
    for word, more in (("events", ["--rate", "200", "--seconds", str(SECONDS)]), ("applications", ["--rate", "50", "--seconds", str(SECONDS)])):
        say(f"{word} on {name}")
        result[word] = json.loads(Run([load, word, *place, *more], {}, work).out)
    if reviews:
        say(f"{reviews} photos through the review queue on {name}")
        result["reviews"] = json.loads(Run([load, "reviews", *place, "--count", str(reviews)], {}, work).out)
    return result


def photos(luzheng, work):
    """The labelled set, looked at by the server's rules; how long a look takes."""
    say(f"the rules of the photo on {PORTRAITS} drawn portraits")
    folder = f"{work}/portraits"
    Run([luzheng, "synth", "--portraits", str(PORTRAITS), "--seed", "2026", "--out", folder], {}, work)
    examples = os.path.join(os.path.dirname(luzheng), "examples")
    rules = subprocess.run([f"{examples}/measure-photos", folder], check=True, capture_output=True, text=True).stdout
    looked = json.loads(Run([f"{examples}/load", "photos", "--count", "200", "--from", folder], {}, work).out)
    return rules, looked


def rows(result):
    drivers, name = f"{DRIVERS:,}", result["name"]
    bulk, run, events, applied = result["bulk"], result["deadlines"], result["events"], result["applications"]
    idly = result["idly"]
    rate = lambda count, command: f"{count / command.wall:,.0f}/s, peak {command.peak / 1e6:.0f} MB"
    spread = lambda q: f"p50 {q['p50_ms']} ms, p99 {q['p99_ms']} ms, longest {q['max_ms']} ms"
    yield f"| import of {drivers} drivers, {name} | {rate(DRIVERS, result['import'])}; again {rate(DRIVERS, result['again'])} | bounded |"
    yield f"| `issue bulk --kind driving-licence`: {result['migrated']:,} who had applied, {name} | {rate(result['migrated'], bulk)} | bounded |"
    yield f"| a register in which classes changed: {result['reissued']:,} drivers looked at again by its import, their licences issued anew, {name} | {rate(result['reissued'], result['anew'])}; bulk afterwards finds {idly['migrated'] + idly['reissued']} | bounded, none twice |"
    yield f"| `deadlines run` over {drivers} drivers, {name} | {rate(DRIVERS, run)}; {result['said']['notices']:,} notices | bounded |"
    yield (f"| classes changed or 12 points entered, {events['events']:,} events at {events['per_second']:.0f}/s, {name} | new face {spread(events['event_to_face'])}; old code superseded or red in the published status "
           f"{spread(events['event_to_published'])}; {events['with_two_current']} with two current | at most 1 s, never two |")
    yield f"| application with a stored photo at {applied['per_second']:.0f}/s, {name} | licence there: {spread(applied['applied_to_licence'])} | p99 under 5 s |"
    if "reviews" in result:
        seen = result["reviews"]
        yield (f"| {seen['photos']:,} photos through the review queue, {name} | {seen['per_day']:,.0f} a day, {seen['decisions']:,} decisions, a decision {spread(seen['claimed_seen_decided'])}; resident memory "
               f"{seen['resident_mb_at_start']:.0f} MB at the start, {seen['resident_mb_most']:.0f} MB at most, {seen['resident_mb_at_end']:.0f} MB at the end | 100,000 a day, bounded |")


def measure(luzheng, work):
    """The lines of RESULTS.md."""
    lines = ["", "## Driving licences", "", "| what | figure | limit |", "|---|---|---|"]
    env = {"LUZHENG_DATABASE": f"sqlite:{work}/drivers.db", "LUZHENG_DATA_DIR": f"{work}/drivers-keys"}
    lines += rows(register(luzheng, work, "SQLite", env, REVIEWS))
    postgres = Postgres(f"{work}/pg-drivers")
    try:
        env = {"LUZHENG_DATABASE": postgres.url, "LUZHENG_DATA_DIR": f"{work}/pg-drivers-keys"}
        lines += rows(register(luzheng, work, "PostgreSQL", env, REVIEWS // 10))
    finally:
        postgres.stop()
    rules, looked = photos(luzheng, work)
    lines += [f"| an uploaded photo looked at and written anew | p50 {looked['examined']['p50_ms']} ms, p99 {looked['examined']['p99_ms']} ms, {looked['per_day_and_core']:,.0f} a day and core | 100,000 a day |",
              "", "### Rules of the photo, on the server", "", rules.strip()]
    return lines


if __name__ == "__main__":
    work = tempfile.mkdtemp(prefix="luzheng-bench-")
    os.chmod(work, 0o755)
    try:
        print("\n".join(measure(os.path.abspath(sys.argv[1]), work)))
    finally:
        shutil.rmtree(work, ignore_errors=True)
