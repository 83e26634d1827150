"""Verification under load: what a verdict costs beside an echo and a bare verification, a batch of a partner, and memory over minutes.

    verify.py VERIFY-LOAD     measures these alone and prints their part of RESULTS.md

`VERIFY-LOAD` is the example of the same name: the real router, and a JSON echo under the same layers, in one process without background work.
The load comes from wrk over loopback, each request with another of 512 codes. CPU is user plus system of the server's process, per request; the
three are measured in turn, several rounds, and the median of each counts. Neither wall time nor other work on the machine is in it.
"""
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

from process import TICK, resident, say

ROUNDS = int(os.environ.get("BENCH_VERIFY_ROUNDS", "7"))
SECONDS = int(os.environ.get("BENCH_VERIFY_SECONDS", "5"))
FLAT_SECONDS = int(os.environ.get("BENCH_VERIFY_FLAT_SECONDS", "600"))
RAW = 20_000
BATCH = 100


def cpu(pid):
    """Seconds of user and system time of a process so far."""
    fields = open(f"/proc/{pid}/stat", encoding="utf-8").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


class Server:
    """The example with its store, until it is stopped."""

    def __init__(self, program, work):
        self.folder = f"{work}/verify-load"
        os.makedirs(self.folder)
        env = {**os.environ, "LUZHENG_DATABASE": f"sqlite:{self.folder}/load.db", "LUZHENG_DATA_DIR": f"{self.folder}/keys"}
        self.process = subprocess.Popen([program, "--out", self.folder], env=env, stdout=subprocess.PIPE, text=True)
        said = json.loads(self.process.stdout.readline())
        self.url, self.codes, self.token = said["url"], said["codes"], said["token"]

    def get(self, path):
        with urllib.request.urlopen(f"{self.url}{path}", timeout=60) as answer:
            return answer.read().decode()

    def post(self, path, body, headers=None):
        request = urllib.request.Request(f"{self.url}{path}", json.dumps(body).encode(), {"content-type": "application/json", **(headers or {})})
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.loads(answer.read())

    def load(self, what, seconds):
        """CPU seconds a request, requests a second, and how many there were. Any answer but 200 ends the measurement."""
        before = cpu(self.process.pid)
        done = subprocess.run(["wrk", "-t1", "-c32", f"-d{seconds}s", "-s", f"{self.folder}/{what}.lua", self.url], stdout=subprocess.PIPE, text=True, check=True).stdout
        spent = cpu(self.process.pid) - before
        if "Non-2xx" in done or "Socket errors" in done or "\nstatus " in done:
            sys.exit(f"{what}: {done[-2000:]}")
        count = int(re.search(r"(\d+) requests in", done).group(1))
        return spent / count, count / seconds, count

    def verdicts(self):
        """How many verdicts of each sort the server says to have given."""
        return {word: int(count) for word, count in re.findall(r'luzheng_verdicts_total\{verdict="(\w+)"\} (\d+)', self.get("/metrics"))}

    def stop(self):
        self.process.terminate()
        self.process.wait()


def right(server):
    """Every code is good, asked one by one and together: what is measured is the real thing."""
    for code in server.codes:
        if server.post("/api/v1/verify", {"code": code})["verdict"] != "valid":
            sys.exit("a code that is measured is not valid")
    items = [{"id": str(place), "code": code} for place, code in enumerate(server.codes)]
    answer = server.post("/api/v1/partner/verify", {"items": items, "purpose": "fleet_check"}, {"authorization": f"Bearer {server.token}"})
    if any(item["report"]["verdict"] != "valid" for item in answer["items"]) or len(answer["items"]) != len(items):
        sys.exit("a batch that is measured is not valid")


def flat(server):
    """Resident memory every five seconds under steady load, after a minute to warm up."""
    server.load("verify", 60)
    samples, over = [], threading.Event()

    def watch():
        while not over.wait(5):
            samples.append(resident(server.process.pid))

    watcher = threading.Thread(target=watch)
    watcher.start()
    _, rate, count = server.load("verify", FLAT_SECONDS)
    over.set()
    watcher.join()
    return {"first": samples[0], "most": max(samples), "last": samples[-1], "count": count, "rate": rate}


def measure(program, work):
    """The lines of RESULTS.md."""
    say("verification under load")
    server = Server(program, work)
    try:
        right(server)
        for what in ("echo", "verify", "batch"):
            server.load(what, 2)
        raw, echo, one, batch, rates = [], [], [], [], {}
        for _ in range(ROUNDS):
            said = json.loads(server.get(f"/bench/raw/{RAW}"))
            if said["good"] != RAW:
                sys.exit("a bare verification failed")
            raw.append(said["each_ns"] / 1e9)
            for what, into in (("echo", echo), ("verify", one), ("batch", batch)):
                spent, rates[what], _ = server.load(what, SECONDS)
                into.append(spent)
        before = server.verdicts()
        if set(word for word, count in before.items() if count) != {"valid"}:
            sys.exit(f"not all verdicts were valid: {before}")
        say(f"memory over {FLAT_SECONDS} s")
        memory = flat(server)
    finally:
        server.stop()
    raw, echo, one, batch = (statistics.median(values) for values in (raw, echo, one, batch))
    each = batch / BATCH
    return ["", "## Verification under load", "",
            f"One process, {len(server.codes)} different codes, wrk over loopback with 32 connections; CPU of the server's process a request, median of {ROUNDS} rounds of {SECONDS} s in which the rows take turns.", "",
            "| what | figure | limit |", "|---|---|---|",
            f"| one bare verification (ES256) | {raw * 1e6:.1f} µs | |",
            f"| JSON echo on the same server, same layers | {echo * 1e6:.1f} µs, {rates['echo']:,.0f}/s | |",
            f"| `POST /api/v1/verify` | {one * 1e6:.1f} µs, {rates['verify']:,.0f}/s: **{one / (echo + raw):.3f} × (echo + bare verification)** | at most 1.15 |",
            f"| `POST /api/v1/partner/verify`, {BATCH} codes a call | {each * 1e6:.1f} µs a code, {rates['batch'] * BATCH:,.0f} codes/s: **{each / raw:.3f} × a bare verification** | at most 1.15 |",
            f"| resident memory over {FLAT_SECONDS / 60:.0f} minutes of load ({memory['count']:,} verdicts) | {memory['first'] / 1e6:.1f} MB at the start, {memory['most'] / 1e6:.1f} MB at most, {memory['last'] / 1e6:.1f} MB at the end | flat |"]


if __name__ == "__main__":
    work = tempfile.mkdtemp(prefix="luzheng-bench-")
    try:
        print("\n".join(measure(os.path.abspath(sys.argv[1]), work)))
    finally:
        shutil.rmtree(work, ignore_errors=True)
