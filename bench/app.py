"""The app on a throttled mid-range phone, and what it weighs.

    app.py LUZHENG     measures these alone and prints their part of RESULTS.md
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile

from process import say

HERE = os.path.dirname(os.path.abspath(__file__))
WEB = os.path.join(HERE, "..", "web")
ROUNDS = "5"


def visits(luzheng, work):
    """A demonstration, looked at through the throttle."""
    demo = subprocess.Popen([luzheng, "demo", "--listen", "127.0.0.1:0", "--data-dir", f"{work}/demo-app"], stdout=subprocess.PIPE, text=True)
    try:
        for line in demo.stdout:
            if line.startswith("ready "):
                break
        url = line.split()[1]
        found = subprocess.run(["node", "e2e/bench/first-screen.mjs", url, ROUNDS], cwd=WEB, stdout=subprocess.PIPE, text=True, check=True)
        return json.loads(found.stdout)
    finally:
        demo.terminate()
        demo.wait()


def weight():
    """What a build says of its own size."""
    said = subprocess.run(["npm", "run", "--silent", "build", "-w", "@luzheng/app"], cwd=WEB, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True).stdout
    return [line.strip() for line in said.splitlines() if line.startswith(("first load", "kept for use"))]


def measure(luzheng, work):
    """The lines of RESULTS.md."""
    say("the app on a throttled phone")
    result = visits(luzheng, work)
    profile = result["profile"]
    lines = ["", "## The app on a mid-range phone", "",
             f"Chromium with the processor {profile['cpu']} times slower and {profile['down_bps'] / 1e6:.1f} Mbit/s with {profile['latency_ms']} ms of latency; median of {result['rounds']}. "
             "\"Interactive\": what was waited for is there and the last task above 50 ms is over.", "",
             "| visit | shown | interactive | aim |", "|---|---|---|---|"]
    lines += [f"| {name} | {one['shown_ms']:,} ms | {one['interactive_ms']:,} ms | 2,000 ms |" for name, one in result["visits"].items()]
    return lines + [""] + [f"- {line}" for line in weight()]


if __name__ == "__main__":
    work = tempfile.mkdtemp(prefix="luzheng-bench-")
    try:
        print("\n".join(measure(os.path.abspath(sys.argv[1]), work)))
    finally:
        shutil.rmtree(work, ignore_errors=True)
