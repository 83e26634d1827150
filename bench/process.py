"""What the measurements share: commands with their CPU time and peak memory, and a private PostgreSQL."""
import glob
import os
import platform
import re
import shutil
import subprocess
import sys
import threading
import time

TICK = os.sysconf("SC_CLK_TCK")


def say(text):
    print(text, file=sys.stderr, flush=True)


class Run:
    """A finished command: wall seconds, CPU seconds, peak resident bytes, what it said."""

    def __init__(self, words, env, cwd):
        begun = time.monotonic()
        process = subprocess.Popen(words, env={**os.environ, **env}, cwd=cwd, stdout=subprocess.PIPE, text=True)
        out = []
        reader = threading.Thread(target=lambda: out.append(process.stdout.read()))
        reader.start()
        _, status, usage = os.wait4(process.pid, 0)
        reader.join()
        process.returncode = os.waitstatus_to_exitcode(status)
        self.wall = time.monotonic() - begun
        self.cpu = usage.ru_utime + usage.ru_stime
        self.peak = usage.ru_maxrss * 1024
        self.out = out[0]
        if process.returncode not in (0, 3):
            sys.exit(f"{words} ended with {process.returncode}: {self.out}")


class Postgres:
    """A private server with its usual durability (fsync on)."""

    def __init__(self, folder):
        self.bin = sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1]
        self.dir = folder
        os.makedirs(folder, exist_ok=True)
        if os.getuid() == 0:
            shutil.chown(folder, "postgres", "postgres")
        self.run("initdb", "-D", f"{folder}/data", "-A", "trust", "-U", "postgres", "--locale=C.UTF-8", "-E", "UTF8")
        options = f"-k {folder} -c listen_addresses= -c shared_buffers=256MB -c max_wal_size=4GB"
        self.run("pg_ctl", "-D", f"{folder}/data", "-s", "-w", "-l", f"{folder}/log", "-o", options, "start")
        self.url = f"postgres://postgres@localhost/postgres?host={folder}"
        self.master = int(open(f"{folder}/data/postmaster.pid").readline())

    def run(self, program, *words):
        command = [f"{self.bin}/{program}", *words]
        if os.getuid() == 0:
            command = ["runuser", "-u", "postgres", "--", *command]
        subprocess.run(command, check=True, cwd="/", stdout=subprocess.DEVNULL)

    def cpu(self):
        """CPU seconds of all server processes so far, those that ended included."""
        ticks = 0
        for stat in glob.glob("/proc/[0-9]*/stat"):
            try:
                fields = open(stat).read().rsplit(")", 1)[1].split()
                pid = int(stat.split("/")[2])
            except (OSError, IndexError):
                continue
            if pid == self.master:
                ticks += sum(int(x) for x in fields[11:15])
            elif int(fields[1]) == self.master:
                ticks += int(fields[11]) + int(fields[12])
        return ticks / TICK

    def stop(self):
        self.run("pg_ctl", "-D", f"{self.dir}/data", "-m", "fast", "-s", "stop")


def resident(pid):
    return int(re.search(r"VmRSS:\s+(\d+)", open(f"/proc/{pid}/status").read()).group(1)) * 1024


def machine():
    cpu = next((l.split(":")[1].strip() for l in open("/proc/cpuinfo") if l.startswith("model name")), platform.machine())
    memory = int(re.search(r"MemTotal:\s+(\d+)", open("/proc/meminfo").read()).group(1)) / 1048576
    rustc = subprocess.run(["rustc", "--version"], capture_output=True, text=True).stdout.strip()
    return f"{os.cpu_count()} cores ({cpu}), {memory:.0f} GiB, Linux {platform.release()}, {rustc}"
