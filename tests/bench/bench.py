#!/usr/bin/env python3
"""Measures the program and prints one table, the machine's limits beside each figure. Load comes from wrk and our own client.

usage: bench.py [--disk own|slow|both] [--peers] [--only NAME...]     (through ./dev bench)
"""
import argparse
import json
import os
import pathlib
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import traceback
import uuid

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[1]), str(pathlib.Path(__file__).resolve().parent)]
import builds  # noqa: E402
import delivery  # noqa: E402
import dynamodb  # noqa: E402
import load  # noqa: E402
import machines  # noqa: E402
import press  # noqa: E402
from load import call, scenario, wrk  # noqa: E402
from support import disk as disks  # noqa: E402
from support.server import PROGRAM, ROOT, Server  # noqa: E402
from table import Table, milliseconds, rate  # noqa: E402

MANY = 100_000
# Executions whose barriers are measured: one of them takes some 50 ms only.
BARRIERS = 15
# All but the last run when none is named.
PARTS = ["start", "states", "functions", "press", "dynamodb", "pipelines", "builds", "stored", "dynamodb-large"]


class Run:
    """All measurements on one disk."""

    def __init__(self, table, column, folder):
        self.table, self.column, self.folder = table, column, pathlib.Path(folder)
        self.sync = load.sync_milliseconds(folder)
        self.add("one synced append by one writer", milliseconds(self.sync), beside="the disk's limit")

    def add(self, name, value, goal="", beside=""):
        self.table.add(self.column, name, value, goal, beside)

    # --- The start ---------------------------------------------------------------------------------------------------

    def first_answer(self, data, count):
        """Seconds from the spawn to an answer, each time."""
        times = []
        for _ in range(count):
            server = Server(data=data)
            began = time.perf_counter()
            server.start(wait=False)
            with socket.create_connection(("127.0.0.1", server.port)) as connection:
                connection.sendall(b"GET /_thimble/health HTTP/1.1\r\nHost: localhost\r\n\r\n")
                answer = connection.recv(65536)
            times.append((time.perf_counter() - began) * 1000)
            if b" 200 " not in answer:
                raise RuntimeError(f"not ready: {answer!r}")
            server.stop()
        return statistics.median(times)

    def start(self):
        floors = []
        for _ in range(10):
            began = time.perf_counter()
            subprocess.run([str(PROGRAM), "--version"], stdout=subprocess.DEVNULL, check=True)
            floors.append((time.perf_counter() - began) * 1000)
        data = self.folder / "start"
        self.add("start to first answer", milliseconds(self.first_answer(data, 10)), "under 20 ms",
                 f"this program's --version {milliseconds(statistics.median(floors))}")
        server = Server(data=data).start()
        time.sleep(4)
        self.add("idle memory", f"{load.resident(server.process.pid):.1f} MiB", "under 20 MiB")
        server.stop()

    # --- Step Functions ----------------------------------------------------------------------------------------------

    def states(self, server):
        made = machines.make(server)
        start = ("states", "AWSStepFunctions.StartExecution")
        floor = scenario(server.port, 500, {"name": "health", "path": "/_thimble/health"})["health"]["p50"]
        self.add("a page without work, one client", milliseconds(floor), beside="the client's floor")
        open_door = wrk(server.url + "/_thimble/health", 64, 2)
        self.add("a page without work, 64 connections", rate(open_door["rate"]), beside="the front door's limit")

        def body(machine):
            return json.dumps({"stateMachineArn": machine, "name": "{n}", "input": "{}"})

        alone = wrk(server.url, 1, 3, *start, body(made["pass"]), "a" + uuid.uuid4().hex[:6])
        self.add("StartExecution, durable, alone, p50", milliseconds(alone["p50"]), "under 0.5 ms",
                 "one sync " + milliseconds(self.sync))
        machines.settle(server, made["pass"])

        prefix = uuid.uuid4().hex[:8]
        whole = scenario(server.port, 300,
                         call("started", *start, json.dumps({"stateMachineArn": made["pass"], "name": prefix + "{n}"})),
                         call("succeeded", "states", "AWSStepFunctions.DescribeExecution",
                              json.dumps({"executionArn": machines.execution(made["pass"], prefix + "{n}")}),
                              until='"SUCCEEDED"'))
        self.add("a Pass machine from Start to SUCCEEDED, seen by a client", milliseconds(whole["succeeded"]["p50"]),
                 "under 1 ms", "two answers of the floor " + milliseconds(2 * floor))
        self.add("Pass transitions, durable, over 40 executions",
                 rate(machines.transitions(server, made["loop"], 40, machines.LOOP)), "30,000/s", "states share commits")
        self.add("Pass transitions, durable, in one execution",
                 rate(machines.transitions(server, made["loop"], 1, machines.LOOP)), "", "states share commits")
        self.add("transitions with a barrier each, in one execution",
                 rate(statistics.median(machines.transitions(server, made["tasks"], 1, machines.TASKS) for _ in range(BARRIERS))),
                 "4,000/s", f"STS tasks; median of {BARRIERS} executions; syncs by one writer {rate(1000 / self.sync)}")
        # What one client waits for comes before this: the store goes on merging what a load has written.
        many = wrk(server.url, 64, 5, *start, body(made["pass"]), "b" + uuid.uuid4().hex[:6])
        self.add("StartExecution, durable, 64 connections", rate(many["rate"]), "15,000/s",
                 f"p50 {milliseconds(many['p50'])}, p99 {milliseconds(many['p99'])}")
        machines.settle(server, made["pass"])
        express = wrk(server.url, 2, 3, "states", "AWSStepFunctions.StartSyncExecution",
                      json.dumps({"stateMachineArn": made["express"], "input": "{}"}))
        self.add("Express Pass transitions, two clients", rate(express["rate"] * machines.LOOP), "500,000/s a core")

    def stored(self):
        """A start with many executions in the store."""
        data = self.folder / "stored"
        server = Server(data=data).start()
        machine = machines.make(server)["pass"]
        kept = 0
        while kept < MANY:
            seconds = 5
            done = wrk(server.url, 64, seconds, "states", "AWSStepFunctions.StartExecution",
                       json.dumps({"stateMachineArn": machine, "name": "{n}", "input": "{}"}), uuid.uuid4().hex[:6])
            kept += int(done["rate"] * seconds)
        machines.settle(server, machine)
        server.stop()
        self.add(f"start to first answer with {MANY:,} stored executions", milliseconds(self.first_answer(data, 5)),
                 "under 200 ms", f"{kept:,} executions")
        shutil.rmtree(data, ignore_errors=True)

    # --- All ---------------------------------------------------------------------------------------------------------

    def all(self, only):
        def part(name, measure, *arguments):
            if only and name not in only:
                return
            try:
                measure(*arguments)
            except Exception as error:
                traceback.print_exc()
                self.add(name, "failed", beside=str(error)[:80])

        part("start", self.start)
        server = Server(data=self.folder / "data").start()
        try:
            part("states", self.states, server)
            part("dynamodb", dynamodb.run, server, load.wrk_script, self.add)
            part("functions", press.functions, self, server)
            part("press", press.press, self, server)
            part("pipelines", delivery.run, self, server)
            part("builds", builds.run, self, server)
            if only and "dynamodb-large" in only:
                part("dynamodb-large", dynamodb.run_large, server, self.add)
        finally:
            server.stop()
        part("stored", self.stored)


def peers(table):
    """moto's server on the same work, from a virtual environment of its own."""
    moto = ROOT / "build" / "bench-venv" / "bin" / "moto_server"
    began = time.perf_counter()
    process = subprocess.Popen([str(moto), "-p", "0", "-H", "127.0.0.1"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                               text=True)
    column = "moto (nothing durable)"
    try:
        peer = Server()
        for line in process.stdout:
            if found := re.search(r"Running on http://127\.0\.0\.1:(\d+)", line):
                peer.port = int(found.group(1))
                break
        table.add(column, "start to first answer", milliseconds((time.perf_counter() - began) * 1000))
        time.sleep(1)
        table.add(column, "idle memory", f"{load.resident(process.pid):.1f} MiB")
        machine = machines.make(peer, ["pass"])["pass"]
        arguments = ("states", "AWSStepFunctions.StartExecution",
                     json.dumps({"stateMachineArn": machine, "name": "{n}", "input": "{}"}))
        table.add(column, "StartExecution, durable, alone, p50", milliseconds(wrk(peer.url, 1, 3, *arguments, "m")["p50"]))
        table.add(column, "StartExecution, durable, 64 connections", rate(wrk(peer.url, 64, 3, *arguments, "n")["rate"]))
    finally:
        process.kill()
        process.wait()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--disk", choices=["own", "slow", "both"], default="own")
    parser.add_argument("--peers", action="store_true")
    parser.add_argument("--only", nargs="+", choices=PARTS)
    options = parser.parse_args()
    columns = {"own": ["this disk"], "slow": ["journalled loop disk"], "both": ["this disk", "journalled loop disk"]}[options.disk]
    table = Table(columns + (["moto (nothing durable)"] if options.peers else []))
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; {PROGRAM}")
    if options.disk != "slow":
        folder = tempfile.mkdtemp(prefix="thimble-bench-", dir=os.environ.get("THIMBLE_BENCH_FOLDER", ROOT / "build"))
        try:
            Run(table, "this disk", folder).all(options.only)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    if options.disk != "own":
        if not disks.available():
            sys.exit("--disk slow needs root, loop devices and mkfs.ext4")
        disk = disks.Disk(mebibytes=4096, options="data=journal")
        try:
            Run(table, "journalled loop disk", disk.mount_point).all(options.only)
        finally:
            disk.remove()
    if options.peers:
        peers(table)
    print("\n" + table.text())


if __name__ == "__main__":
    main()
