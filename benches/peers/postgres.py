"""A PostgreSQL of its own for a run of the benchmarks, with `fsync` on, and single inserts by pgbench on it."""
import glob, os, re, shutil, socket, subprocess, time

# Seconds that the inserts run, and in which the server must have started.
INSERTS_FOR = 8
START_WITHIN = 60
TABLE = "set client_min_messages = warning; create table if not exists single (id bigserial primary key, body text not null)"
INSERT = "insert into single (body) values (repeat('x', 200));\n"


def programs():
    """The folder of the latest PostgreSQL that is installed, or None."""
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda path: int(path.split("/")[-2]))
    return found[-1] if found else None


def as_postgres(command):
    """PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return command
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", *command]


class Cluster:
    """Runs from `with` to its end; what it wrote is removed with `folder` by the caller."""

    def __init__(self, folder):
        self.folder = os.path.join(folder, "postgres")
        self.bin = programs()
        self.databases = 0

    def __enter__(self):
        os.makedirs(self.folder)
        if os.geteuid() == 0:
            # A temporary folder of root lets nobody else through.
            os.chmod(os.path.dirname(self.folder), 0o755)
            shutil.chown(self.folder, "postgres")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        data = os.path.join(self.folder, "data")
        make = [f"{self.bin}/initdb", "-D", data, "-U", "spartito", "-A", "trust", "-E", "UTF8", "--locale=C"]
        subprocess.run(as_postgres(make), cwd="/", check=True, capture_output=True)
        start = [f"{self.bin}/postgres", "-D", data, "-p", str(self.port), "-k", self.folder]
        settings = ["listen_addresses=127.0.0.1", "fsync=on", "synchronous_commit=on", "max_connections=200"]
        for setting in settings:
            start += ["-c", setting]
        log = open(os.path.join(self.folder, "log"), "w")
        self.server = subprocess.Popen(as_postgres(start), cwd="/", stdout=log, stderr=log)
        deadline = time.monotonic() + START_WITHIN
        while subprocess.run([f"{self.bin}/pg_isready", "-q", *self.place()]).returncode:
            if time.monotonic() > deadline or self.server.poll() is not None:
                raise SystemExit(f"PostgreSQL did not start: {open(log.name).read()[-2000:]}")
            time.sleep(0.05)
        return self

    def __exit__(self, *_):
        self.server.terminate()
        self.server.wait()

    def place(self):
        return ["-h", "127.0.0.1", "-p", str(self.port), "-U", "spartito"]

    def database(self):
        """The URL of a new, empty database."""
        self.databases += 1
        name = f"bench_{self.databases}"
        subprocess.run([f"{self.bin}/createdb", *self.place(), name], check=True)
        return f"postgres://spartito@127.0.0.1:{self.port}/{name}"

    def single_inserts(self, clients):
        """Single inserts per second by so many clients, each of which waits for its own commit."""
        script = os.path.join(self.folder, "insert.sql")
        with open(script, "w") as file:
            file.write(INSERT)
        subprocess.run([f"{self.bin}/psql", *self.place(), "-q", "-c", TABLE, "postgres"], check=True)
        run = [f"{self.bin}/pgbench", *self.place(), "-n", "-M", "prepared", "-f", script, "-c", str(clients)]
        run += ["-j", str(min(clients, os.cpu_count())), "-T", str(INSERTS_FOR), "postgres"]
        done = subprocess.run(run, check=True, capture_output=True, text=True)
        rate = float(re.search(r"tps = ([0-9.]+)", done.stdout).group(1))
        return {"engine": "pgbench", "scenario": "single inserts", "clients": clients, "inserts_per_s": rate}
