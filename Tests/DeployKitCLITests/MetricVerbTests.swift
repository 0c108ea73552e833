// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import Glibc
import Testing

@Suite struct MetricVerbTests {
    private static let checklist = #"""
        {"v": 1, "title": "Orders", "service": "orders",
         "phases": [{"id": "p", "title": "Deploy", "sections": [
           {"id": "p", "items": [{"id": "p/deploy", "title": "Deploy it"}]}]}],
         "rollbackPlan": {
           "levels": [{"id": "pause", "title": "Pause the consumer"}],
           "triggers": [{"id": "failing", "title": "Mail fails", "metric": "mail", "level": "pause",
                         "policy": "proposed"}]},
         "metrics": [
           {"id": "mail", "title": "Mail delivered", "unit": "%", "direction": "higherIsBetter",
            "aggregation": {"kind": "ratio", "part": "sent_total", "others": "failed_total"},
            "window": 60000,
            "bands": {"target": "> 95%", "warning": "< 90%", "critical": "< 80%"}},
           {"id": "latency", "title": "Latency", "unit": "ms", "direction": "lowerIsBetter",
            "bands": {"target": "< 5000ms"}, "role": "advisory"}]}
        """#

    private func bench() throws -> Bench {
        let bench = try Bench()
        try bench.write(Self.checklist, to: "c.json")
        try bench.write(Fixture.project, to: "deploykit.json")
        let words = ["start", "c.json", "--environment", "staging", "--version", "1"]
        #expect(try bench.run(words: words).code == 0)
        return bench
    }

    @Test func aPersonsMeasurementsDecideAndAreReplayed() throws {
        let bench = try bench()
        #expect(try bench.run("metric", "evaluate").code == 2, "never measured is no success")
        #expect(try bench.run("metric", "replay").code == 2)
        #expect(try bench.run("metric", "record", "mail", "96%", "--samples", "310").code == 0)
        #expect(try bench.run("metric", "evaluate").code == 0)
        #expect(try bench.run("metric", "record", "mail", "93/100").code == 0)
        #expect(try bench.run("metric", "evaluate").code == 4, "off target")
        #expect(try bench.run("metric", "record", "mail", "5/100").code == 0)
        let read = try bench.run("metric", "evaluate", "--json")
        #expect(read.code == 1)
        #expect(try read.json()["rollbackProposals"] == nil, "reading proposes nothing")
        let recorded = try bench.run("metric", "evaluate", "--record", "--json")
        #expect(recorded.code == 1)
        let proposals = try recorded.json()["rollbackProposals"]?.array
        #expect(proposals?.first?["level"]?.string == "pause")
        #expect(try bench.run("metric", "record", "mail", "absent").code == 0)
        #expect(try bench.run("metric", "evaluate").code == 2)
        // The moment of the recorded decision has the same answer now.
        let decision = try #require(try recorded.json()["decision"])
        let at = try #require(decision["question"]?["at"]?.string)
        #expect(
            try bench.run("metric", "evaluate", "--at", at, "--json").json()["decision"] == decision
        )
        #expect(try bench.run("metric", "replay").code == 0)
        let status = try bench.run("status")
        #expect(status.output.contains("rollback proposed") && status.output.contains("█"))
        #expect(try bench.run("audit", "verify").code == 0)
    }

    @Test func everyMistakeSaysWhatWhereAndWhatToDo() throws {
        let bench = try bench()
        try bench.write("metric,value\nmail,96%\nmail,lots\n", to: "bad.csv")
        try bench.write("metric,value,at\nmail,96%,2099-01-01T00:00:00Z\n", to: "future.csv")
        try bench.write(#"{"status":"error","errorType":"bad_data","error":"no"}"#, to: "no.json")
        let mistakes: [([String], Int32, String)] = [
            (["record", "mail", "0.95"], 64, "0.95%"),
            (["record", "mail", "5s"], 64, "measured in '%'"),
            (["record", "mial", "5%"], 64, "choose mail"), (["record", "mail"], 64, "VALUE"),
            (["record", "mail", "101/100"], 64, "more than the whole"),
            (["record", "mail", "96%", "--at", "soon"], 64, "2026-01-01T00:00:00Z"),
            (["record", "mail", "96%", "--at", "2099-01-01T00:00:00Z"], 64, "see to the clocks"),
            (["record", "mail", "96%", "--samples", "-1"], 64, "number of samples"),
            (["record", "--from", "bad.csv"], 3, "line 3"),
            (["record", "--from", "future.csv"], 64, "clocks"),
            (["record", "--from", "none.csv"], 3, "cannot be read"),
            (["record", "--from", "deploykit"], 64, "--format"),
            (["record", "latency", "--from", "no.json", "--format", "prometheus"], 3, "bad_data"),
            (["record", "mail", "--from", "bad.csv", "--run", "true"], 64, "two sources"),
            (["watch"], 64, "--prometheus"),
            (["watch", "--page", "http://127.0.0.1:1/"], 64, "--for"),
            (["watch", "--page", "x", "--for", "5 m"], 64, "30s, 5m"),
            (["watch", "--page", "x", "--for", "5m", "--query", "mail=rate("], 64, "no query"),
            (["watch", "--prometheus", "x", "--for", "5m", "--part", "mail=a"], 64, "--whole"),
            (["evaluate", "--at", "now"], 64, "no moment"),
            (["evaluate", "--svg", "x.svg"], 64, "name it"),
            (["evaluate", "nothing"], 64, "choose"),
            (["rules", "c.json", "--query", "x=y"], 64, "no metric"),
            (["rules", "bad.csv", "--read"], 3, "line 2"),
        ]
        for (words, code, says) in mistakes {
            let run = try bench.run(words: ["metric"] + words)
            #expect(
                run.code == code && run.errors.contains(says),
                "\(words): \(run.code) \(run.errors)"
            )
        }
        // Nothing of all that was recorded.
        #expect(try bench.run("metric", "evaluate").code == 2)
        let doubtful = try bench.run("metric", "record", "mail", "0.95%")
        #expect(doubtful.code == 0 && doubtful.errors.isEmpty)
        #expect(doubtful.output.contains("if 95% was meant"))
        #expect(doubtful.output.split(separator: "\n").count == 1)
    }

    @Test func aFailedCommandIsAMeasurementThatFailed() throws {
        let bench = try bench()
        #expect(try bench.run("metric", "record", "latency", "--run", "echo 420").code == 0)
        #expect(try bench.run("metric", "record", "mail", "--run", "echo 99%").code == 0)
        #expect(try bench.run("metric", "evaluate").code == 0)
        #expect(try bench.run("metric", "record", "mail", "--run", "exit 3").code == 0)
        let after = try bench.run("metric", "evaluate", "--json")
        #expect(after.code == 2)
        let finding = try after.json()["decision"]?["findings"]?.array?.first
        #expect(finding?["verdict"]?["incomplete"]?.array == [.string("error-query")])
    }

    @Test func noSecretIsRecordedWithAMeasurement() throws {
        let bench = try bench()
        let project =
            Fixture.project.dropLast(1).description
            + #", "secrets": [{"name": "DB_PASSWORD", "environment": "DB_PASSWORD"}]}"#
        try bench.write(project, to: "deploykit.json")
        let secret = ["DB_PASSWORD": "hunter2-hunter2"]
        for words in [
            ["mail", "--run", "echo 96% # hunter2-hunter2"],
            ["mail", "96%", "--source", "hunter2-hunter2"],
        ] {
            let run = try bench.run(words: ["metric", "record"] + words, with: secret)
            #expect(run.code != 0 && !run.errors.contains("hunter2"), "\(run.errors)")
        }
        #expect(try bench.run("metric", "evaluate").code == 2)
    }

    @Test func filesAreRecordedOnceUnderAKey() throws {
        let bench = try bench()
        try bench.write(
            #"[{"metric":"mail","good":19,"total":20},{"metric":"latency","value":420}]"#,
            to: "m.json"
        )
        for expected in [true, false] {
            let run = try bench.run("metric", "record", "--from", "m.json", "--key", "k", "--json")
            #expect(try run.json()["hasChanged"] == .boolean(expected) && run.code == 0)
        }
        try bench.write(
            "<testsuite><testcase/><testcase><failure/></testcase></testsuite>",
            to: "j.xml"
        )
        #expect(
            try bench.run("metric", "record", "mail", "--from", "j.xml").output.contains("1 of 2")
        )
    }

    /// A page of counters on this machine, until it is stopped, or for a minute.
    struct Server {
        let page: String
        let bench: Bench

        func stop() { _ = try? bench.runProgram("/bin/sh", "-c", "kill $(cat pid)") }
    }

    /// Serves a page of which each reading finds a thousand more sent, and from the third on nine
    /// thousand more failed.
    static func serveFailingMail(_ bench: Bench) throws -> Server {
        let server = """
            import http.server
            class Handler(http.server.BaseHTTPRequestHandler):
                count = 0
                def do_GET(self):
                    Handler.count += 1
                    sent, failed = 1000 * Handler.count, max(0, Handler.count - 2) * 9000
                    body = b"sent_total %d\\nfailed_total %d\\n" % (sent, failed)
                    self.send_response(200)
                    self.send_header("Content-Type", "text/plain; version=0.0.4")
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)
                def log_message(self, *arguments): pass
            server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
            open("port", "w").write(str(server.server_port))
            import threading
            threading.Timer(60, server.shutdown).start()
            server.serve_forever()
            """
        try bench.write(server, to: "server.py")
        let command = "python3 server.py >/dev/null 2>&1 & echo $! >pid"
        #expect(try bench.runProgram("/bin/sh", "-c", command) == 0)
        try bench.wait(for: "port")
        usleep(100_000)
        return Server(page: "http://127.0.0.1:\(try bench.read("port"))/metrics", bench: bench)
    }

    @Test func watchesAPageUntilItIsCritical() throws {
        guard access("/usr/bin/python3", X_OK) == 0 else { return }
        let bench = try bench()
        let server = try Self.serveFailingMail(bench)
        defer { server.stop() }
        let page = server.page
        let run = try bench.run("metric", "watch", "--page", page, "--every", "1s", "--for", "30s")
        #expect(run.code == 1, "\(run.output)\(run.errors)")
        #expect(run.output.contains("1000 of 1000") && run.output.contains("rollback proposed"))
        #expect(try bench.run("metric", "replay").code == 0)
        #expect(try bench.run("metric", "watch", "--stop").output == "no watch is open\n")
    }

    @Test func aWatchThatIsKilledGoesOn() throws {
        let bench = try bench()
        let words = [
            "metric", "watch", "--page", "http://127.0.0.1:1/", "--every", "2s", "--for", "12s",
        ]
        let apart = ["OUT": "\(bench.path)/out", "ERR": "\(bench.path)/err"]
        let process = try bench.begin(words: words, with: apart)
        // Reading the log touches neither the watch nor what it writes to.
        let question = ["metric", "evaluate", "mail", "--json"]
        for _ in 0..<100 where !(try bench.run(words: question).output.contains("\"last\"")) {
            usleep(100_000)
        }
        kill(process, SIGKILL)
        _ = Bench.end(of: process)
        // The shell that started it is gone as well: what it wrote is durable.
        let again = try bench.run(words: words)
        #expect(again.code == 2, "\(again.errors)")
        #expect(again.output.contains("goes on"))
        let decision = try bench.run("metric", "evaluate", "mail", "--json").json()["decision"]
        #expect(decision?["findings"]?.array?.first?["measurements"] == .integer(7))
        #expect(try bench.run("metric", "replay").code == 0)
    }
}
