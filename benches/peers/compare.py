#!/usr/bin/env python3
"""Runs our benchmarks and SpiffWorkflow's in turn and prints medians and ratios.

usage: compare.py [--rounds N] [--out FILE] [--only mem|durable|heard|many]

Both sides run on the same machine in the same minutes, one after the other, so that a busy
neighbor slows both. Called by scripts/bench.sh, which has built and installed everything.
"""
import argparse, json, os, platform, statistics, subprocess, sys, tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
SPIFF = [sys.executable, os.path.join(HERE, "bench_spiff.py")]
ROOT = os.path.dirname(os.path.dirname(HERE))
MEMORY = ["cargo", "bench", "-q", "-p", "spartito-core", "--bench", "peers_memory", "--"]
DURABLE = ["cargo", "bench", "-q", "-p", "spartito", "--bench", "durable", "--"]

# What is measured, our command, theirs. In one round the same command of theirs is run once.
A_DURABLE = SPIFF + ["a", "--mode", "sqlite-each", "-n", "120", "--sync", "FULL"]
B_DURABLE = SPIFF + ["b", "--mode", "sqlite", "-n", "300", "--sync", "FULL"]
CASES = {
    "mem": [
        ("A, in memory", MEMORY + ["a", "-n", "100000"], SPIFF + ["a", "-n", "1500"]),
        ("B, in memory", MEMORY + ["b", "-n", "100000"], SPIFF + ["b", "-n", "1500"]),
    ],
    "durable": [
        ("A, SQLite, 64 clients", DURABLE + ["a", "--clients", "64", "-n", "3000"], A_DURABLE),
        ("A, SQLite, 1 client", DURABLE + ["a", "--clients", "1", "-n", "120"], A_DURABLE),
        ("B, SQLite, 64 clients", DURABLE + ["b", "--clients", "64", "-n", "6000"], B_DURABLE),
        ("B, SQLite, 1 client", DURABLE + ["b", "--clients", "1", "-n", "300"], B_DURABLE),
    ],
}

# How soon a change is heard in an HTTP client; there is nothing of theirs to compare.
HEARD = DURABLE + ["heard", "-n", "150", "--clients", "20"]

# What many open instances and a long history cost, how soon a change is visible, and what viewers cost:
# once, whatever the rounds, since filling takes minutes. Each prints what it found.
MANY = [
    DURABLE + ["open", "-n", "1000000", "--history", "10000000"],
    DURABLE + ["visible", "-n", "200"],
]


def disk():
    """Where databases are written: a temporary folder may lie in memory, the build does not."""
    folder = os.environ.get("BENCH_DIR") or os.path.join(ROOT, "target")
    os.makedirs(folder, exist_ok=True)
    return folder


def run(command, folder):
    env = dict(os.environ, BENCH_DIR=folder)
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode or not lines:
        sys.exit(f"{' '.join(command)} failed:\n{done.stderr[-2000:]}")
    return [json.loads(line) for line in lines]


def median(runs, field):
    values = [r[field] for r in runs if field in r]
    return statistics.median(values) if values else None


def latency(runs):
    p50, p99 = median(runs, "user_p50_ms"), median(runs, "user_p99_ms")
    return "" if p50 is None else f"{p50:.3f} / {p99:.3f}"


def machine():
    model = "unknown processor"
    with open("/proc/cpuinfo") as f:
        for line in f:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
    return f"{model}, {os.cpu_count()} processors, Linux {platform.release()}, Python {platform.python_version()}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--out", default=None)
    parser.add_argument("--only", choices=[*CASES, "heard", "many"], default=None)
    args = parser.parse_args()
    cases = [case for kind in CASES if args.only in (None, kind) for case in CASES[kind]]
    results = {name: ([], []) for name, _, _ in cases}
    heard = []

    def note(result):
        if args.out:
            with open(args.out, "a") as out:
                out.write(json.dumps(result) + "\n")
        return result

    with tempfile.TemporaryDirectory(dir=disk()) as folder:
        for number in range(args.rounds):
            known = {}
            for name, ours, theirs in cases:
                print(f"round {number + 1} of {args.rounds}: {name}", file=sys.stderr)
                results[name][0].append(note(run(ours, folder)[-1]))
                if tuple(theirs) not in known:
                    known[tuple(theirs)] = note(run(theirs, folder)[-1])
                results[name][1].append(known[tuple(theirs)])
            if args.only in (None, "heard"):
                print(f"round {number + 1} of {args.rounds}: heard", file=sys.stderr)
                heard.append(note(run(HEARD, folder)[-1]))
        found = []
        if args.only in (None, "many"):
            for command in MANY:
                print(" ".join(command[len(DURABLE):]), file=sys.stderr)
                found += [note(result) for result in run(command, folder)]
    print(f"\n{machine()}; medians of {args.rounds} rounds\n")
    if cases:
        show(results)
    if heard:
        show_heard(heard)
    for result in found:
        show_found(result)


def show(results):
    print("| Model | Spartito, instances/s | SpiffWorkflow 3.2.0, instances/s | Ratio | Ratio per CPU second | User task p50 / p99 ms, ours | theirs |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    for name, (ours, theirs) in results.items():
        rate, peer = median(ours, "inst_per_s"), median(theirs, "inst_per_s")
        cpu, peer_cpu = median(ours, "inst_per_cpu_s"), median(theirs, "inst_per_cpu_s")
        per_cpu = f"{cpu / peer_cpu:,.0f}x" if cpu and peer_cpu else ""
        print(f"| {name} | {rate:,.0f} | {peer:,.0f} | {rate / peer:,.1f}x | {per_cpu} | {latency(ours)} | {latency(theirs)} |")


def show_heard(runs):
    print("\n| A change is heard by 20 listeners after | p50 ms | p99 ms |\n|---|---:|---:|")
    for what, field in (("its commit", "commit_to_event"), ("its request", "request_to_event")):
        p50, p99 = median(runs, f"{field}_p50_ms"), median(runs, f"{field}_p99_ms")
        print(f"| {what} | {p50:.2f} | {p99:.2f} |")


def show_found(result):
    print(f"\n{result.pop('scenario')}: one run\n")
    result.pop("engine")
    for name, value in result.items():
        print(f"- {name}: {json.dumps(value)}")


main()
