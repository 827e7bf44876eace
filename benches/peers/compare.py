#!/usr/bin/env python3
"""Runs our benchmarks and SpiffWorkflow's in turn and prints medians and ratios.

usage: compare.py [--rounds N] [--out FILE] [--only mem|durable|limits|postgres|heard|many]

Both sides run on the same machine in the same minutes, one after the other, so that a busy
neighbor slows both. Called by scripts/bench.sh, which has built and installed everything.
"""
import argparse, json, os, platform, statistics, subprocess, sys, tempfile

import postgres

HERE = os.path.dirname(os.path.abspath(__file__))
SPIFF = [sys.executable, os.path.join(HERE, "bench_spiff.py")]
ROOT = os.path.dirname(os.path.dirname(HERE))
MEMORY = ["cargo", "bench", "-q", "-p", "spartito-core", "--bench", "peers_memory", "--"]
DURABLE = ["cargo", "bench", "-q", "-p", "spartito", "--bench", "durable", "--"]

# What is measured, our command, theirs. In one round the same command of theirs is run once.
A_DURABLE = SPIFF + ["a", "--mode", "sqlite-each", "-n", "120", "--sync", "FULL"]
B_DURABLE = SPIFF + ["b", "--mode", "sqlite", "-n", "300", "--sync", "FULL"]
B_MANY_CLIENTS = DURABLE + ["b", "--clients", "64", "-n", "6000"]
CASES = {
    "mem": [
        ("A, in memory", MEMORY + ["a", "-n", "100000"], SPIFF + ["a", "-n", "1500"]),
        ("B, in memory", MEMORY + ["b", "-n", "100000"], SPIFF + ["b", "-n", "1500"]),
    ],
    "durable": [
        ("A, SQLite, 64 clients", DURABLE + ["a", "--clients", "64", "-n", "3000"], A_DURABLE),
        ("A, SQLite, 1 client", DURABLE + ["a", "--clients", "1", "-n", "120"], A_DURABLE),
        ("B, SQLite, 64 clients", B_MANY_CLIENTS, B_DURABLE),
        ("B, SQLite, 1 client", DURABLE + ["b", "--clients", "1", "-n", "300"], B_DURABLE),
    ],
}

# What is measured, our command, the limit, its command.
LIMITS = [
    ("B, SQLite, 64 clients", B_MANY_CLIENTS, "rows in the shape of B, 32 per commit", DURABLE + ["limit", "--group", "32"]),
    ("B, SQLite FULL, 64 clients", B_MANY_CLIENTS, "NORMAL", B_MANY_CLIENTS + ["--sync", "NORMAL"]),
]

# Clients, and instances of A, of eleven steps each, on PostgreSQL.
ON_POSTGRES = [(8, 640), (64, 3200)]
STEPS_OF_A = 11

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
    parser.add_argument("--only", choices=[*CASES, "limits", "postgres", "heard", "many"], default=None)
    args = parser.parse_args()
    asked = lambda kind: args.only in (None, kind)
    cases = [case for kind in CASES if asked(kind) for case in CASES[kind]]
    results = {name: ([], []) for name, _, _ in cases}
    limits = {name: ([], [], what) for name, _, what, _ in LIMITS if asked("limits")}
    steps = {clients: ([], []) for clients, _ in ON_POSTGRES if asked("postgres")}
    heard, found = [], []

    def note(result):
        if args.out:
            with open(args.out, "a") as out:
                out.write(json.dumps(result) + "\n")
        return result

    with tempfile.TemporaryDirectory(dir=disk()) as folder:
        for number in range(args.rounds):
            known = {}

            def once(command):
                """What a command says in this round, run when it is first asked for."""
                if tuple(command) not in known:
                    known[tuple(command)] = note(run(command, folder)[-1])
                return known[tuple(command)]

            def say(what):
                print(f"round {number + 1} of {args.rounds}: {what}", file=sys.stderr)

            for name, ours, theirs in cases:
                say(name)
                results[name][0].append(once(ours))
                results[name][1].append(once(theirs))
            for name, ours, what, limit in LIMITS if limits else []:
                say(f"{name} and {what}")
                limits[name][0].append(once(ours))
                limits[name][1].append(once(limit))
            if asked("heard"):
                say("heard")
                heard.append(note(run(HEARD, folder)[-1]))
        if steps and postgres.programs() is None:
            print("PostgreSQL is not installed and not measured.", file=sys.stderr)
            steps = {}
        if steps:
            measure_postgres(steps, args.rounds, folder, note)
        if asked("many"):
            for command in MANY:
                print(" ".join(command[len(DURABLE):]), file=sys.stderr)
                found += [note(result) for result in run(command, folder)]
    print(f"\n{machine()}; medians of {args.rounds} rounds\n")
    if cases:
        show(results)
    if limits:
        show_limits(limits)
    if steps:
        show_postgres(steps)
    if heard:
        show_heard(heard)
    for result in found:
        show_found(result)


def measure_postgres(steps, rounds, folder, note):
    """Ours and single inserts in turn, each of ours on a database of its own."""
    with postgres.Cluster(folder) as cluster:
        for number in range(rounds):
            for clients, instances in ON_POSTGRES:
                print(f"round {number + 1} of {rounds}: PostgreSQL, {clients} clients", file=sys.stderr)
                ours = ["a", "--clients", str(clients), "-n", str(instances), "--postgres", cluster.database()]
                steps[clients][0].append(note(run(DURABLE + ours, folder)[-1]))
                steps[clients][1].append(note(cluster.single_inserts(clients)))


def show(results):
    print("| Model | Spartito, instances/s | SpiffWorkflow 3.2.0, instances/s | Ratio | Ratio per CPU second | User task p50 / p99 ms, ours | theirs |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    for name, (ours, theirs) in results.items():
        rate, peer = median(ours, "inst_per_s"), median(theirs, "inst_per_s")
        cpu, peer_cpu = median(ours, "inst_per_cpu_s"), median(theirs, "inst_per_cpu_s")
        per_cpu = f"{cpu / peer_cpu:,.0f}x" if cpu and peer_cpu else ""
        print(f"| {name} | {rate:,.0f} | {peer:,.0f} | {rate / peer:,.1f}x | {per_cpu} | {latency(ours)} | {latency(theirs)} |")


def show_limits(limits):
    print("\n| Ours | instances/s | Compared with | instances/s | Part |\n|---|---:|---|---:|---:|")
    for name, (ours, limit, what) in limits.items():
        rate, most = median(ours, "inst_per_s"), median(limit, "inst_per_s")
        print(f"| {name} | {rate:,.0f} | {what} | {most:,.0f} | {rate / most:.0%} |")


def show_postgres(steps):
    print("\n| Clients on PostgreSQL | Steps/s of A | Single inserts/s by pgbench | Part |\n|---:|---:|---:|---:|")
    for clients, (ours, theirs) in steps.items():
        rate, most = STEPS_OF_A * median(ours, "inst_per_s"), median(theirs, "inserts_per_s")
        print(f"| {clients} | {rate:,.0f} | {most:,.0f} | {rate / most:.0%} |")


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
