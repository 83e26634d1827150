"""What is judged without a network: the size of packs and deltas, a verdict in the browser, and the two verifiers on a million inputs.

    offline.py EXAMPLES DIFFERENTIAL-CASES     measures these alone and prints their part of RESULTS.md
"""
import json
import os
import subprocess
import sys

from process import say

WEB = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "web")
CASES = int(os.environ.get("BENCH_DIFFERENTIAL_CASES", "1000000"))
SEED = 20261122


def said(command, folder=None, **variables):
    """What a program prints."""
    env = {**os.environ, **variables}
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=folder, env=env).stdout.rstrip().split("\n")


def two_verifiers(program, cases):
    """The lines about the differential run; it fails when the two disagree anywhere."""
    say(f"two verifiers on {cases:,} inputs")
    command = ["node", "src/differential/main.mjs", "--count", str(cases), "--seed", str(SEED)]
    run = json.loads("\n".join(said(command, f"{WEB}/e2e", LUZHENG_DIFFERENTIAL=program)))
    listed = lambda kind: "; ".join(f"{name} {count:,}" for name, count in sorted(run["tallies"][kind].items(), key=lambda one: -one[1]))
    return ["", "## Two verifiers, one answer", "",
            f"Seed {SEED}, {run['seconds']} s: **{cases:,} cases, {len(run['disagreements'])} disagreements** in verdict, reason, hints, any check with its detail, credential, status, time.", "",
            "| reached | cases |", "|---|---|", f"| verdicts | {listed('verdict')} |", f"| reasons | {listed('reason')} |"]


def measure(examples, cases=CASES):
    """Lines for RESULTS.md; `examples` is the folder of the built examples."""
    say("packs, deltas and shards")
    lines = [""] + said([f"{examples}/pack-size"])
    say("verdicts in the browser")
    lines += [""] + said(["node", "bench/verdict.mjs"], f"{WEB}/e2e")
    return lines + two_verifiers(f"{examples}/differential", cases)


if __name__ == "__main__":
    print("\n".join(measure(os.path.abspath(sys.argv[1]), int(sys.argv[2]))))
