// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitRunner
import Glibc
import Testing

/// A server on a port of its own, as long as `body` runs.
func withServer(_ body: (UInt16) async throws -> Void) async throws {
    let program = """
        import http.server, json, time
        class Handler(http.server.BaseHTTPRequestHandler):
            def answer(self, status, body, **fields):
                self.send_response(status)
                for name in fields: self.send_header(name, fields[name])
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            def do_GET(self):
                if self.path == "/moved": self.answer(302, b"", Location="/ok")
                elif self.path == "/slow": time.sleep(3)
                elif self.path == "/broken": self.wfile.write(b"no answer")
                elif self.path == "/large": self.answer(200, b"x" * 5000)
                elif self.path == "/ok":
                    self.answer(200, b'{"status":"up","a/b":[1,2.5,null]}')
                else: self.answer(404, b"absent")
            def do_POST(self):
                size = int(self.headers["Content-Length"])
                self.answer(201, json.dumps([self.headers["X-Token"], self.rfile.read(size).decode()]).encode())
            def log_message(self, *arguments): pass
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        print(server.server_port, flush=True)
        server.serve_forever()
        """
    let port = Locked<[UInt8]>([])
    let server = Task {
        try await ProcessRunner().run(
            Invocation(
                .script(program, interpreter: ["python3", "-B"]),
                environment: plainEnvironment,
                directory: "/tmp",
                timeout: .seconds(300),
                grace: .zero
            ),
            onOutput: { chunk in port.withLock { $0 += chunk.bytes } }
        )
    }
    defer { server.cancel() }
    for _ in 0..<1000 where port.withLock({ $0.last != 10 }) {
        try await Task.sleep(for: .milliseconds(10))
    }
    let text = port.withLock { String(decoding: $0.dropLast(), as: UTF8.self) }
    try await body(try #require(UInt16(text)))
    server.cancel()
    #expect(try await server.value.ending == .cancelled)
}

@Suite(
    .enabled("the probes' server needs /usr/bin/python3") { access("/usr/bin/python3", X_OK) == 0 }
)
struct ProbeTests {
    func outcome(_ probe: HTTPProbe) async throws -> ProbeOutcome {
        try await probe.run(with: ProcessRunner(), environment: plainEnvironment).outcome
    }

    @Test func anAnswerIsJudgedByItsAssertions() async throws {
        try await withServer { port in
            var probe = HTTPProbe(url: "http://127.0.0.1:\(port)/ok")
            probe.assertions = [
                .contains("\"up\""), .json(pointer: "/status", equals: .string("up")),
                .json(pointer: "/a~1b/0", equals: .integer(1)),
                .json(pointer: "/a~1b/2", equals: .null),
            ]
            let passed = try await outcome(probe)
            #expect(passed.isPassed)
            probe.assertions = [
                .contains("down"), .json(pointer: "/status", equals: .string("down")),
                .json(pointer: "/a~1b/1", equals: .integer(2)),
                .json(pointer: "/none", equals: .null),
            ]
            guard case .failed(let failures) = try await outcome(probe) else {
                Issue.record("four assertions do not hold")
                return
            }
            #expect(failures.count == 4)
            probe.url = "http://127.0.0.1:\(port)/absent"
            probe.assertions = []
            #expect(try await outcome(probe) == .failed(["the status is 404, not 200"]))
        }
    }

    @Test func aRequestCarriesItsHeadersAndBody() async throws {
        try await withServer { port in
            var probe = HTTPProbe(url: "http://127.0.0.1:\(port)/")
            probe.method = "POST"
            probe.headers = [("X-Token", "a \"quoted\\ word")]
            probe.body = "@line one\n\"line\ttwo\"\\"
            probe.statuses = [200, 201]
            probe.assertions = [
                .json(pointer: "/0", equals: .string("a \"quoted\\ word")),
                .json(pointer: "/1", equals: .string("@line one\n\"line\ttwo\"\\")),
            ]
            let passed = try await outcome(probe)
            #expect(passed.isPassed)
        }
    }

    @Test func noAnswerIsNoFailedAssertion() async throws {
        try await withServer { port in
            func error(_ path: String, _ change: (inout HTTPProbe) -> Void = { _ in }) async throws
                -> ProbeOutcome
            {
                var probe = HTTPProbe(url: "http://127.0.0.1:\(port)\(path)")
                change(&probe)
                return try await outcome(probe)
            }
            let slow = try await error("/slow") { $0.timeout = .milliseconds(300) }
            #expect(slow == .transportError(.timedOut))
            #expect(try await error("/large") { $0.bodyLimit = 4000 } == .transportError(.tooLarge))
            #expect(try await error("/broken") == .transportError(.broken))
            #expect(try await error("/moved") == .failed(["the status is 302, not 200"]))
            #expect(try await error("/moved") { $0.redirects = 1 }.isPassed)
            let insecure = HTTPProbe(url: "https://127.0.0.1:\(port)/ok")
            #expect(try await outcome(insecure) == .transportError(.insecure))
            let unresolved = HTTPProbe(url: "http://no-such-host.invalid/")
            #expect(try await outcome(unresolved) == .transportError(.unresolved))
        }
    }

    @Test func whatCannotBeAskedIsRefused() async throws {
        func code(_ probe: HTTPProbe, path: String = "/usr/bin:/bin") async -> RunnerError.Code? {
            do {
                _ = try await probe.run(with: ProcessRunner(), environment: ["PATH": path])
                return nil
            } catch { return error.code }
        }
        #expect(await code(HTTPProbe(url: "file:///etc/passwd")) == .invalid)
        var split = HTTPProbe(url: "http://127.0.0.1:1/")
        split.headers = [("X", "a\r\nY: b")]
        #expect(await code(split) == .invalid)
        #expect(await code(HTTPProbe(url: "http://127.0.0.1:1/"), path: "/none") == .notFound)
    }

    @Test func retriesAreBoundedAndSayWhy() async throws {
        var probe = HTTPProbe(url: "http://127.0.0.1:1/")
        probe.retry = ProbeRetry(tries: 3, delay: .milliseconds(10))
        let report = try await probe.run(with: ProcessRunner(), environment: plainEnvironment)
        #expect(report.outcome == .transportError(.unreachable))
        #expect(report.earlier == [.transportError(.unreachable), .transportError(.unreachable)])
    }

    @Test func tcpTellsWhoListens() async throws {
        try await withServer { port in
            let report = try await TCPProbe(host: "127.0.0.1", port: port).run()
            #expect(report.outcome.isPassed)
        }
        let refused = try await TCPProbe(host: "127.0.0.1", port: 1).run().outcome
        #expect(refused == .transportError(.unreachable))
        let unknown = try await TCPProbe(host: "no-such-host.invalid", port: 80).run().outcome
        #expect(unknown == .transportError(.unresolved) || unknown == .transportError(.timedOut))
    }
}
