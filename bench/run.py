#!/usr/bin/env python3
"""Whole-process measurements: imports, bulk issuing on both engines, the idle demonstration, event to mark.

Usage: run.py LUZHENG OUTPUT-OF-CARGO-BENCH RESULTS.md     (scripts/bench.sh calls it)

CPU time is user plus system of the command and, for PostgreSQL, of every server process. Ratios are against the raw signature measured in
the same run by the same library (divan's median of `cargo bench -p luzheng-credential`).
"""
import datetime
import json
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

import app
import licences
import offline
import verify
from process import Postgres, Run, machine, resident, say

LUZHENG, BENCH, RESULTS = os.path.abspath(sys.argv[1]), sys.argv[2], sys.argv[3]
IMPORT_ROWS = int(os.environ.get("BENCH_IMPORT_ROWS", "1000000"))
MARKS = int(os.environ.get("BENCH_MARKS", "200000"))
EVENTS, EVENTS_PER_SECOND = int(os.environ.get("BENCH_EVENTS", "1500")), 50
TOKEN = "bench-feed-token-0001"


def raw_figures():
    """Median seconds of the signature benches, as "bench/algorithm"."""
    unit = {"ns": 1e-9, "µs": 1e-6, "ms": 1e-3, "s": 1.0}
    figures, group = {}, ""
    for line in open(BENCH, encoding="utf-8"):
        row = re.match(r"^[│├╰─\s]*(\S+)\s*(.*)$", line)
        if not row:
            continue
        # divan's columns: fastest, slowest, median, mean, samples, iterations.
        values = re.findall(r"([\d.]+) (ns|µs|ms|s)\b", row.group(2))
        if len(values) >= 3:
            figures[f"{group}/{row.group(1)}"] = float(values[2][0]) * unit[values[2][1]]
        else:
            group = row.group(1)
    return figures


def imports(work):
    say(f"import of {IMPORT_ROWS} rows")
    Run([LUZHENG, "synth", "--vehicles", str(IMPORT_ROWS), "--seed", "7", "--out", "million"], {}, work)
    env = {"LUZHENG_DATABASE": f"sqlite:{work}/million.db"}
    Run([LUZHENG, "migrate"], env, work)
    first = Run([LUZHENG, "import", "vehicles", "million/vehicles.csv", "--json"], env, work)
    again = Run([LUZHENG, "import", "vehicles", "million/vehicles.csv", "--json"], env, work)
    return first, again


def bulk(work, name, env, database_cpu):
    say(f"issue bulk of about {MARKS} marks on {name}")
    # Not every fictional vehicle is in validity: enough of them are made for the asked number of marks.
    vehicles = int(MARKS * 1.06)
    if not os.path.exists(f"{work}/bulk/vehicles.csv"):
        Run([LUZHENG, "synth", "--vehicles", str(vehicles), "--seed", "9", "--out", "bulk"], {}, work)
    Run([LUZHENG, "migrate"], env, work)
    Run([LUZHENG, "import", "vehicles", "bulk/vehicles.csv"], env, work)
    before = database_cpu()
    run = Run([LUZHENG, "issue", "bulk", "--kind", "inspection-mark", "--json"], env, work)
    database = database_cpu() - before
    issued = json.loads(run.out)["issued"]
    return {"name": name, "issued": issued, "wall": run.wall, "own": run.cpu, "database": database, "each": (run.cpu + database) / issued, "peak": run.peak}


def demo(work):
    say("the demonstration: idle memory, then events at 50 a second")
    env = {**os.environ, "LUZHENG_FEED_TOKEN": TOKEN}
    process = subprocess.Popen([LUZHENG, "demo", "--listen", "127.0.0.1:0", "--data-dir", f"{work}/demo"], env=env, stdout=subprocess.PIPE, text=True)
    try:
        address = None
        for line in process.stdout:
            if line.startswith("ready "):
                address = line.split()[1]
                break
        time.sleep(20)
        settled = resident(process.pid)
        # Once more from rest: a server that finds its country settled, as after any restart.
        process.terminate()
        process.wait()
        process = subprocess.Popen([LUZHENG, "demo", "--listen", "127.0.0.1:0", "--data-dir", f"{work}/demo"], env=env, stdout=subprocess.PIPE, text=True)
        for line in process.stdout:
            if line.startswith("ready "):
                address = line.split()[1]
                break
        time.sleep(20)
        idle = resident(process.pid)
        latency = events(address)
        return settled, idle, latency
    finally:
        process.terminate()
        process.wait()


def events(address):
    """New cars registered at a steady rate; the server's own histogram says how long each waited for its signed mark."""
    answers = []

    def send(number):
        event = {
            "source": "bench", "id": f"e{number}", "type": "vehicle.registered",
            "occurred_at": (datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "subject": {"vin": f"WVWZZZ3CZ{number:08d}"},
            "data": {
                "plate_number": f"浙L{number:05d}", "plate_type": "02", "vehicle_type": "K33", "use_nature": "A", "seats": 5,
                "registered_on": str(datetime.date.today()), "energy": "A", "division": "330900",
                "insurance_until": str(datetime.date.today() + datetime.timedelta(days=364)),
                "owner_kind": "individual", "owner_id": "11010519491231002X", "owner_name": "虚构",
            },
        }
        request = urllib.request.Request(f"{address}/api/v1/events", json.dumps(event).encode(), {"authorization": f"Bearer {TOKEN}", "content-type": "application/json"})
        begun = time.monotonic()
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                answers.append((answer.status, time.monotonic() - begun))
        except urllib.error.HTTPError as error:
            answers.append((error.code, time.monotonic() - begun))

    threads, begun = [], time.monotonic()
    for number in range(EVENTS):
        wait = begun + number / EVENTS_PER_SECOND - time.monotonic()
        if wait > 0:
            time.sleep(wait)
        thread = threading.Thread(target=send, args=(number,))
        thread.start()
        threads.append(thread)
    for thread in threads:
        thread.join()
    took = time.monotonic() - begun
    time.sleep(3)
    metrics = urllib.request.urlopen(f"{address}/metrics", timeout=10).read().decode()
    quantiles = {q: float(v) for q, v in re.findall(r'luzheng_event_to_mark_seconds\{quantile="([\d.]+)"\} ([\d.e-]+)', metrics)}
    count = re.search(r"luzheng_event_to_mark_seconds_count (\d+)", metrics)
    created = sum(1 for status, _ in answers if status == 201)
    return {"sent": EVENTS, "created": created, "marks": int(count.group(1)) if count else 0, "rate": EVENTS / took, "p50": quantiles.get("0.5"), "p99": quantiles.get("0.99"),
            "answer_p99": statistics.quantiles([t for _, t in answers], n=100)[98]}


def main():
    figures = raw_figures()
    work = tempfile.mkdtemp(prefix="luzheng-bench-")
    if os.getuid() == 0:
        os.chmod(work, 0o755)
    try:
        first, again = imports(work)
        sqlite = bulk(work, "SQLite", {"LUZHENG_DATABASE": f"sqlite:{work}/bulk.db"}, lambda: 0.0)
        postgres = Postgres(f"{work}/pg")
        try:
            on_postgres = bulk(work, "PostgreSQL", {"LUZHENG_DATABASE": postgres.url, "LUZHENG_DATA_DIR": f"{work}/pg-keys"}, postgres.cpu)
        finally:
            postgres.stop()
        settled, idle, latency = demo(work)
        of_licences = licences.measure(LUZHENG, work)
        of_app = app.measure(LUZHENG, work)
        examples = os.path.join(os.path.dirname(LUZHENG), "examples")
        of_verify = verify.measure(os.path.join(examples, "verify-load"), work)
        of_offline = offline.measure(examples)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    raw_sign = figures["issue_raw/ES256"]
    pipelines = [
        ("verify: text to verdict, status in memory", "verify_raw", "verify_pipeline", "at least 0.95"),
        ("issue: claims to QR text, without self-verification", "issue_raw", "issue_pipeline", "at least 0.90"),
    ]
    lines = ["# Results", "", f"Measured {datetime.date.today()} by `make bench` on {machine()}.", "",
             "Ratios are against the raw operation of the same library in the same run; CPU is user plus system. Nothing here is asserted by a test.", "",
             "## Signature pipelines", "", "Medians over 512 distinct credentials (divan).", "", "```"]
    lines += [line.rstrip() for line in open(BENCH, encoding="utf-8") if line.strip()]
    lines += ["```", "", "| pipeline | algorithm | raw | pipeline | throughput of the raw operation | limit (ES256) |", "|---|---|---|---|---|---|"]
    for what, raw, whole, limit in pipelines:
        for algorithm in ("ES256", "EdDSA", "SM2"):
            a, b = figures[f"{raw}/{algorithm}"], figures[f"{whole}/{algorithm}"]
            lines.append(f"| {what} | {algorithm} | {a * 1e6:.1f} µs | {b * 1e6:.1f} µs | **{a / b:.3f}** | {limit} |")
    lines += ["", "## Whole processes", "", "| what | figure | limit |", "|---|---|---|",
              f"| import of {IMPORT_ROWS:,} vehicles, SQLite | {IMPORT_ROWS / first.wall:,.0f} rows/s, {first.cpu / IMPORT_ROWS * 1e6:.0f} µs CPU a row, peak {first.peak / 1e6:.0f} MB | under 300 MB |",
              f"| the same file again | {IMPORT_ROWS / again.wall:,.0f} rows/s, peak {again.peak / 1e6:.0f} MB | no change |"]
    for run in (sqlite, on_postgres):
        ratio = f"{run['each'] / raw_sign:.2f} × a raw ES256 sign ({raw_sign * 1e6:.1f} µs)"
        lines.append(f"| `issue bulk`, {run['issued']:,} marks, {run['name']} | {run['each'] * 1e6:.0f} µs CPU a mark (own {run['own'] / run['issued'] * 1e6:.0f}, database {run['database'] / run['issued'] * 1e6:.0f}), {run['issued'] / run['wall']:,.0f} marks/s, peak {run['peak'] / 1e6:.0f} MB: **{ratio}** | at most 8 × |")
    lines += [f"| resident memory of the idle demo server | {idle / 1e6:.0f} MB (right after settling the country {settled / 1e6:.0f} MB) | under 80 MB |",
              f"| event to issued mark, {latency['sent']} registrations at {latency['rate']:.0f}/s | p50 {latency['p50'] * 1000:.0f} ms, p99 {latency['p99'] * 1000:.0f} ms ({latency['marks']} marks, {latency['created']} answered 201, answer p99 {latency['answer_p99'] * 1000:.0f} ms) | reported |"]
    lines += of_verify + of_offline + of_licences + of_app
    with open(RESULTS, "w", encoding="utf-8") as out:
        out.write("\n".join(lines) + "\n")
    print("\n".join(lines))


resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
main()
