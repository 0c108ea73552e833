// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import Glibc
import Testing

/// A real Prometheus server on this machine, asked through the command: `make metrics`.
@Suite struct PrometheusServerTests {
    private static let isAsked = getenv("DEPLOYKIT_PROMETHEUS") != nil

    private static let checklist = #"""
        {"v": 1, "title": "Prometheus", "service": "prometheus",
         "phases": [{"id": "p", "title": "Deploy", "sections": [
           {"id": "p", "items": [{"id": "p/deploy", "title": "Deploy it"}]}]}],
         "metrics": [
           {"id": "up", "title": "Targets up", "unit": "number", "direction": "higherIsBetter",
            "bands": {"target": "= 1", "critical": "< 1"}},
           {"id": "ok", "title": "Requests answered", "unit": "ratio", "direction": "higherIsBetter",
            "minimumSamples": 1, "bands": {"target": "> 95%", "critical": "< 80%"}}]}
        """#

    @Test(.enabled(if: isAsked, "DEPLOYKIT_PROMETHEUS is not set: 'make metrics' sets it"))
    func asksARealServer() throws {
        let bench = try Bench()
        try bench.write(Self.checklist, to: "c.json")
        try bench.write(Fixture.project, to: "deploykit.json")
        let port = 19_000 + Int(getpid()) % 1000
        let server = "http://127.0.0.1:\(port)"
        try bench.write(
            "global: {scrape_interval: 1s}\nscrape_configs:\n- job_name: self\n"
                + "  static_configs: [{targets: ['127.0.0.1:\(port)']}]\n",
            to: "prometheus.yml"
        )
        let start =
            "prometheus --config.file=prometheus.yml --storage.tsdb.path=tsdb "
            + "--web.listen-address=127.0.0.1:\(port) >prometheus.log 2>&1 & echo $! >pid; "
            + "for i in $(seq 100); do curl -sf \(server)/-/ready >ready && break; sleep 0.1; done; "
            + "for i in $(seq 100); do curl -sf '\(server)/api/v1/query?query=up' | grep -q value && break; "
            + "sleep 0.2; done; sleep 3"
        #expect(try bench.runProgram("/bin/bash", "-c", start) == 0)
        defer { _ = try? bench.runProgram("/bin/sh", "-c", "kill $(cat pid); sleep 1") }
        let begin = ["start", "c.json", "--environment", "staging", "--version", "1"]
        try #require(try bench.run(words: begin).code == 0)

        func record(_ query: String, _ more: String...) throws -> CommandRun {
            try bench.run(
                words: ["metric", "record", "--prometheus", server, "--query", "up=\(query)"] + more
            )
        }
        #expect(try record("up").output.contains("up  1  met"))
        #expect(try record("scalar(up)").output.contains("up  1  met"))
        let matrix = try record("up[10s]", "--json")
        #expect(try (matrix.json()["count"]?.integer ?? 0) > 1, "\(matrix.output)")
        #expect(try record("no_such_series").output.contains("no value"))
        #expect(try record("\"text\"").output.contains("failed: query"))
        #expect(try record("sum(").errors.contains("bad_data"))
        #expect(try record("prometheus_http_requests_total").errors.contains("aggregate them"))
        #expect(try record("0/0").output.contains("no number"))
        #expect(try record("up", "--at", "2020-01-01T00:00:00Z").output.contains("no value"))
        let ratio = try bench.run(
            "metric",
            "record",
            "--prometheus",
            server,
            "--part",
            "ok=sum(prometheus_http_requests_total{code=~\"2..|400\"})",
            "--whole",
            "ok=sum(prometheus_http_requests_total)"
        )
        #expect(ratio.output.contains(" of "), "\(ratio.output)\(ratio.errors)")

        let watch = try bench.run(
            words: [
                "metric", "watch", "--prometheus", server, "--query", "up=min(up)", "--every", "1s",
                "--for", "3s",
            ]
        )
        #expect(watch.code == 0, "\(watch.output)\(watch.errors)")
        #expect(try bench.run("metric", "replay").code == 0)
        // The page of the server itself, without the server in between.
        let page = try bench.run(
            words: [
                "metric", "watch", "--page", "\(server)/metrics", "--every", "1s", "--for", "3s",
                "--query",
                "ok=prometheus_http_requests_total{code=\"200\"} / prometheus_http_requests_total",
            ]
        )
        #expect(page.code == 0, "\(page.output)\(page.errors)")
        print("a real Prometheus server was asked")
    }
}
