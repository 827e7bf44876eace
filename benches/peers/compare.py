#!/usr/bin/env python3
"""Runs our benchmarks and SpiffWorkflow's in turn and prints medians and ratios.

usage: compare.py [--rounds N] [--out FILE] [--only mem|durable]

Both sides run on the same machine in the same minutes, one after the other, so that a busy
neighbor slows both. Called by scripts/bench.sh, which has built and installed everything.
"""
import argparse, json, os, platform, statistics, subprocess, sys, tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
SPIFF = [sys.executable, os.path.join(HERE, "bench_spiff.py")]
ROOT = os.path.dirname(os.path.dirname(HERE))
MEMORY = ["cargo", "bench", "-q", "-p", "spartito-core", "--bench", "peers_memory", "--"]
DURABLE = ["cargo", "bench", "-q", "-p", "spartito", "--bench", "durable", "--"]

# What is measured, our command, theirs.
CASES = {
    "mem": [
        ("A, in memory", MEMORY + ["a", "-n", "100000"], SPIFF + ["a", "-n", "1500"]),
        ("B, in memory", MEMORY + ["b", "-n", "100000"], SPIFF + ["b", "-n", "1500"]),
    ],
    "durable": [
        ("A, SQLite, commit after each task, sync FULL",
         DURABLE + ["a"], SPIFF + ["a", "--mode", "sqlite-each", "-n", "60", "--sync", "FULL"]),
        ("B, SQLite, sync FULL",
         DURABLE + ["b"], SPIFF + ["b", "--mode", "sqlite", "-n", "150", "--sync", "FULL"]),
    ],
}


def run(command, folder):
    env = dict(os.environ, BENCH_DIR=folder, RUSTFLAGS=os.environ.get("RUSTFLAGS", ""))
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode or not lines:
        sys.exit(f"{' '.join(command)} failed:\n{done.stderr[-2000:]}")
    return json.loads(lines[-1])


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
    parser.add_argument("--only", choices=list(CASES), default=None)
    args = parser.parse_args()
    cases = [case for kind in CASES if args.only in (None, kind) for case in CASES[kind]]
    results = {name: ([], []) for name, _, _ in cases}
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR")) as folder:
        for number in range(args.rounds):
            for name, ours, theirs in cases:
                print(f"round {number + 1} of {args.rounds}: {name}", file=sys.stderr)
                for runs, command in zip(results[name], (ours, theirs)):
                    runs.append(run(command, folder))
                    if args.out:
                        with open(args.out, "a") as out:
                            out.write(json.dumps(runs[-1]) + "\n")
    print(f"\n{machine()}; medians of {args.rounds} rounds\n")
    print("| Model | Spartito, instances/s | SpiffWorkflow 3.2.0, instances/s | Ratio | Ratio per CPU second | User task p50 / p99 ms, ours | theirs |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    for name, (ours, theirs) in results.items():
        rate, peer = median(ours, "inst_per_s"), median(theirs, "inst_per_s")
        cpu, peer_cpu = median(ours, "inst_per_cpu_s"), median(theirs, "inst_per_cpu_s")
        per_cpu = f"{cpu / peer_cpu:,.0f}x" if cpu and peer_cpu else ""
        print(f"| {name} | {rate:,.0f} | {peer:,.0f} | {rate / peer:,.1f}x | {per_cpu} | {latency(ours)} | {latency(theirs)} |")


main()
